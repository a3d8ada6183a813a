internal import Hummingbird
internal import Synchronization

/// What requests under way hold of the service, by tenant: one that floods it is refused, and the
/// others find room.
final class TenantLoads: Sendable {
    struct Load: Equatable {
        var requests = 0
        /// Of bodies that are in memory as a whole.
        var bodyBytes = 0
    }

    private let loads = Mutex<[String: Load]>([:])
    private let requestLimit: Int
    private let bodyByteLimit: Int

    init(requestLimit: Int, bodyByteLimit: Int) {
        self.requestLimit = requestLimit
        self.bodyByteLimit = bodyByteLimit
    }

    subscript(tenant: String) -> Load { loads.withLock { $0[tenant] ?? Load() } }

    fileprivate func add(request tenant: String) throws {
        try change(tenant) { load in
            guard load.requests < requestLimit else {
                throw ServiceError.tooManyRequests(
                    "\(requestLimit) requests of yours are under way", retryAfterSeconds: 1)
            }
            load.requests += 1
        }
    }

    fileprivate func add(bodyBytes count: Int, tenant: String) throws {
        try change(tenant) { load in
            guard load.bodyBytes + count <= bodyByteLimit else {
                throw ServiceError.tooManyRequests(
                    "the bodies of your requests take more than \(bodyByteLimit) bytes together",
                    retryAfterSeconds: 1)
            }
            load.bodyBytes += count
        }
    }

    fileprivate func remove(_ load: Load, tenant: String) {
        loads.withLock { loads in
            guard var rest = loads[tenant] else { return }
            rest.requests -= load.requests
            rest.bodyBytes -= load.bodyBytes
            loads[tenant] = rest == Load() ? nil : rest
        }
    }

    private func change(_ tenant: String, _ body: (inout Load) throws -> Void) throws {
        try loads.withLock { loads in
            var load = loads[tenant] ?? Load()
            try body(&load)
            loads[tenant] = load
        }
    }
}

/// One request's part of its tenant's load, given back with the last reference: when the answer is
/// written, or the client is gone.
final class RequestLoad: Sendable {
    /// Of the request that this task handles.
    @TaskLocal static var current: RequestLoad?

    private let loads: TenantLoads
    private let own = Mutex<(tenant: String?, load: TenantLoads.Load)>((nil, TenantLoads.Load()))

    init(_ loads: TenantLoads) { self.loads = loads }

    deinit {
        let own = own.withLock { $0 }
        loads.remove(own.load, tenant: own.tenant ?? Self.nobody)
    }

    /// What is known of no tenant, such as a log-in.
    private static let nobody = ""

    /// Called once it is known whose the request is.
    ///
    /// - Throws: `ServiceError` with 429 when too many of the tenant's are under way.
    func belongs(to tenant: String) throws {
        try own.withLock { own in
            guard own.tenant == nil else { return }
            try loads.add(request: tenant)
            loads.remove(own.load, tenant: Self.nobody)
            own = (tenant, TenantLoads.Load(requests: 1))
        }
    }

    /// - Parameter bytes: that are in memory of the request's body now.
    /// - Throws: `ServiceError` with 429 when the tenant's take too much together.
    func holds(bytes: Int) throws {
        try own.withLock { own in
            let tenant = own.tenant ?? Self.nobody
            let more = bytes - own.load.bodyBytes
            if more > 0 {
                try loads.add(bodyBytes: more, tenant: tenant)
            } else {
                loads.remove(TenantLoads.Load(bodyBytes: -more), tenant: tenant)
            }
            own.load.bodyBytes = bytes
        }
    }

    /// The body, which holds the load until it is written.
    func held(by body: ResponseBody) -> ResponseBody {
        ResponseBody(contentLength: body.contentLength) { [self] writer in
            try await body.write(writer)
            _ = self
        }
    }
}
