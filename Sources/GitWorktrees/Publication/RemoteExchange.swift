internal import CGit2
internal import Glibc
internal import RunModel

/// One conversation of the library's with a remote, and what it calls back for.
///
/// With a `GitServiceExchange` the library speaks its protocol over a transport of ours
/// (git2/sys/transport.h): it writes a request, reads the answer, and opens no connection.
final class RemoteExchange {
    private let perform: GitServiceExchange?
    private let server: ServerConversation?
    /// Why the remote did not take the branch.
    private(set) var rejection: String?
    /// What the exchange threw; the library knows only that something did.
    var failure: (any Error)? { exchangeFailure ?? server?.failure }
    fileprivate var exchangeFailure: (any Error)?

    init(_ destination: PushDestination) {
        switch destination {
        case .path: (perform, server) = (nil, nil)
        case .exchange(_, let perform): (self.perform, server) = (perform, nil)
        case .server(let url, let access):
            (perform, server) = (nil, ServerConversation(url: url, access: access))
        }
    }

    func connect(
        _ remote: OpaquePointer, _ direction: git_direction, url: String
    ) throws(GitError) {
        server?.begin()
        var options = git_remote_connect_options()
        try LibGit2.check(
            git_remote_connect_options_init(
                &options, UInt32(GIT_REMOTE_CONNECT_OPTIONS_VERSION)), "connect", url)
        options.callbacks = try callbacks(url)
        // A credential is for the server that was named, and for no other.
        options.follow_redirects = GIT_REMOTE_REDIRECT_NONE
        let result = withExtendedLifetime(self) {
            git_remote_connect_ext(remote, direction, &options)
        }
        try LibGit2.check(result, "connect", url)
    }

    func upload(
        _ branch: ProposalBranch, _ remote: OpaquePointer, url: String
    ) throws(GitError) {
        var options = git_push_options()
        try LibGit2.check(
            git_push_options_init(&options, UInt32(GIT_PUSH_OPTIONS_VERSION)), "push", url)
        options.callbacks = try callbacks(url)
        options.follow_redirects = GIT_REMOTE_REDIRECT_NONE
        let result = withExtendedLifetime(self) {
            Self.withStrings("\(branch.reference):\(branch.reference)") {
                git_remote_push(remote, $0, &options)
            }
        }
        try LibGit2.check(result, "push \(branch)", url)
    }

    func fetch(_ refspec: String, _ remote: OpaquePointer, url: String) throws(GitError) {
        var options = git_fetch_options()
        try LibGit2.check(
            git_fetch_options_init(&options, UInt32(GIT_FETCH_OPTIONS_VERSION)), "fetch", url)
        options.callbacks = try callbacks(url)
        options.follow_redirects = GIT_REMOTE_REDIRECT_NONE
        options.download_tags = GIT_REMOTE_DOWNLOAD_TAGS_NONE
        let result = withExtendedLifetime(self) {
            Self.withStrings(refspec) { git_remote_fetch(remote, $0, &options, nil) }
        }
        try LibGit2.check(result, "fetch", url)
    }

    private static func withStrings(
        _ text: String, _ body: (UnsafePointer<git_strarray>) -> CInt
    ) -> CInt {
        let copy = strdup(text)
        defer { free(copy) }
        var strings = [copy]
        return strings.withUnsafeMutableBufferPointer { buffer in
            var array = git_strarray(strings: buffer.baseAddress, count: 1)
            return body(&array)
        }
    }

    private func callbacks(_ url: String) throws(GitError) -> git_remote_callbacks {
        var callbacks = git_remote_callbacks()
        try LibGit2.check(
            git_remote_init_callbacks(&callbacks, UInt32(GIT_REMOTE_CALLBACKS_VERSION)),
            "prepare exchange", url)
        // SAFETY: the payload is this object, which the callers keep alive for as long as the
        // library may call.
        callbacks.payload = Unmanaged.passUnretained(self).toOpaque()
        callbacks.push_update_reference = { _, status, payload in
            guard let status, let payload else { return 0 }
            Unmanaged<RemoteExchange>.fromOpaque(payload).takeUnretainedValue().rejection =
                String(cString: status)
            return 0
        }
        if server != nil {
            callbacks.credentials = { result, url, user, allowed, payload in
                guard let result, let server = RemoteExchange.server(payload) else {
                    return GIT_ERROR.rawValue
                }
                return server.credential(
                    &result.pointee, url: url.map { String(cString: $0) } ?? "",
                    hasUser: user != nil, allowed: allowed)
            }
            callbacks.certificate_check = { certificate, isValid, _, payload in
                guard let certificate, let server = RemoteExchange.server(payload) else {
                    return GIT_ERROR.rawValue
                }
                return server.judge(certificate, isValid: isValid == 1)
            }
        }
        guard perform != nil else { return callbacks }
        callbacks.transport = { transport, owner, payload in
            var definition = git_smart_subtransport_definition(
                callback: SubtransportRecord.make, rpc: 1, param: payload)
            return git_transport_smart(transport, owner, &definition)
        }
        return callbacks
    }

    // SAFETY: as above; the payload of every call is the exchange that is kept alive for it.
    private static func server(_ payload: UnsafeMutableRawPointer?) -> ServerConversation? {
        payload.flatMap { Unmanaged<RemoteExchange>.fromOpaque($0).takeUnretainedValue().server }
    }

    fileprivate func answer(_ request: GitServiceRequest) -> [UInt8]? {
        guard let perform else { return nil }
        do {
            return try perform(request)
        } catch {
            exchangeFailure = error
            return nil
        }
    }
}

/// The library's view of the transport. Its first field is the library's structure, so that a
/// pointer to one is a pointer to the other.
private struct SubtransportRecord {
    var base: git_smart_subtransport
    /// Not retained: the exchange outlives the call into the library that it belongs to.
    var exchange: UnsafeMutableRawPointer

    static let make: git_smart_subtransport_cb = { result, _, parameter in
        guard let result, let parameter else { return GIT_ERROR.rawValue }
        let record = UnsafeMutablePointer<SubtransportRecord>.allocate(capacity: 1)
        record.initialize(
            to: SubtransportRecord(
                base: git_smart_subtransport(
                    action: StreamRecord.open, close: { _ in 0 },
                    free: { raw in
                        UnsafeMutableRawPointer(raw)?
                            .assumingMemoryBound(to: SubtransportRecord.self).deallocate()
                    }), exchange: parameter))
        // SAFETY: `base` is the first stored property, at offset 0.
        result.pointee = UnsafeMutableRawPointer(record)
            .assumingMemoryBound(to: git_smart_subtransport.self)
        return 0
    }
}

/// One request and its answer.
private final class StreamState {
    let exchange: RemoteExchange
    let service: GitServiceRequest.Service
    var request: [UInt8] = []
    var answer: [UInt8]?
    var offset = 0

    init(exchange: RemoteExchange, service: GitServiceRequest.Service) {
        self.exchange = exchange
        self.service = service
    }

    /// - Returns: how many bytes were copied; `nil` when the exchange failed.
    func read(into buffer: UnsafeMutablePointer<CChar>, count: Int) -> Int? {
        if answer == nil {
            answer = exchange.answer(GitServiceRequest(service: service, body: request))
            (request, offset) = ([], 0)
        }
        guard let answer else { return nil }
        let part = answer[offset..<min(answer.count, offset + count)]
        offset += part.count
        part.withUnsafeBytes { bytes in
            guard let base = bytes.baseAddress else { return }
            memcpy(buffer, base, bytes.count)
        }
        return part.count
    }

    /// What is written after an answer is the next request.
    func write(_ bytes: UnsafeRawBufferPointer) {
        answer = nil
        request += bytes
    }
}

private struct StreamRecord {
    var base: git_smart_subtransport_stream
    var state: Unmanaged<StreamState>

    // SAFETY: `raw` was made by `open`, whose record begins with the library's structure.
    private static func record(
        _ raw: UnsafeMutablePointer<git_smart_subtransport_stream>?
    ) -> UnsafeMutablePointer<StreamRecord>? {
        UnsafeMutableRawPointer(raw)?.assumingMemoryBound(to: StreamRecord.self)
    }

    static let open:
        @convention(c) (
            UnsafeMutablePointer<UnsafeMutablePointer<git_smart_subtransport_stream>?>?,
            UnsafeMutablePointer<git_smart_subtransport>?, UnsafePointer<CChar>?,
            git_smart_service_t
        ) -> CInt = { result, transport, _, action in
            guard let result, let transport else { return GIT_ERROR.rawValue }
            let service: GitServiceRequest.Service
            switch action {
            case GIT_SERVICE_UPLOADPACK_LS: service = .uploadPackReferences
            case GIT_SERVICE_UPLOADPACK: service = .uploadPack
            case GIT_SERVICE_RECEIVEPACK_LS: service = .receivePackReferences
            case GIT_SERVICE_RECEIVEPACK: service = .receivePack
            default: return GIT_ERROR.rawValue
            }
            // SAFETY: as above; the record holds a pointer to the living exchange.
            let owner = UnsafeMutableRawPointer(transport)
                .assumingMemoryBound(to: SubtransportRecord.self).pointee.exchange
            let exchange = Unmanaged<RemoteExchange>.fromOpaque(owner).takeUnretainedValue()
            let record = UnsafeMutablePointer<StreamRecord>.allocate(capacity: 1)
            record.initialize(
                to: StreamRecord(
                    base: git_smart_subtransport_stream(
                        subtransport: transport, read: read, write: write, free: release),
                    state: .passRetained(StreamState(exchange: exchange, service: service))))
            result.pointee = UnsafeMutableRawPointer(record)
                .assumingMemoryBound(to: git_smart_subtransport_stream.self)
            return 0
        }

    private static let read:
        @convention(c) (
            UnsafeMutablePointer<git_smart_subtransport_stream>?, UnsafeMutablePointer<CChar>?,
            Int, UnsafeMutablePointer<Int>?
        ) -> CInt = { raw, buffer, size, count in
            guard let record = record(raw), let buffer, let count,
                let read = record.pointee.state.takeUnretainedValue()
                    .read(into: buffer, count: size)
            else {
                git_error_set_str(CInt(GIT_ERROR_NET.rawValue), "the exchange failed")
                return GIT_ERROR.rawValue
            }
            count.pointee = read
            return 0
        }

    private static let write:
        @convention(c) (
            UnsafeMutablePointer<git_smart_subtransport_stream>?, UnsafePointer<CChar>?, Int
        ) -> CInt = { raw, bytes, count in
            guard let record = record(raw), let bytes else { return GIT_ERROR.rawValue }
            record.pointee.state.takeUnretainedValue()
                .write(UnsafeRawBufferPointer(start: bytes, count: count))
            return 0
        }

    private static let release:
        @convention(c) (UnsafeMutablePointer<git_smart_subtransport_stream>?) -> Void = { raw in
            guard let record = record(raw) else { return }
            record.pointee.state.release()
            record.deallocate()
        }
}
