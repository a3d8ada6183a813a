internal import HTTPTypes
internal import Hummingbird
internal import JSONText
internal import Orchestration
internal import Sandboxing

/// Which sandbox and which of its ports a request is for, by headers or by the host's name.
struct SandboxAddress: Sendable, Equatable {
    var identifier: String
    var port: Int

    /// Where the data plane is, by convention; everything else is a program's own port.
    static let dataPlanePort = 49983

    private static let idHeader = HTTPField.Name("e2b-sandbox-id")
    private static let portHeader = HTTPField.Name("e2b-sandbox-port")

    /// `nil` for requests that name no sandbox.
    init?(_ request: Request) {
        if let name = Self.idHeader, let identifier = request.headers[name] {
            let port = Self.portHeader.flatMap { request.headers[$0] }.map { Int($0) ?? 0 }
            self.init(identifier: identifier, port: port ?? Self.dataPlanePort)
            return
        }
        guard let host = request.head.authority, let parsed = Self.parse(host: host) else {
            return nil
        }
        self = parsed
    }

    init(identifier: String, port: Int) {
        self.identifier = identifier
        self.port = port
    }

    /// `<port>-<id>.<domain>`
    static func parse(host: String) -> SandboxAddress? {
        guard let dot = host.firstIndex(of: "."), let dash = host.firstIndex(of: "-"), dash < dot,
            let port = Int(host[..<dash]), (1...65_535).contains(port)
        else { return nil }
        let identifier = String(host[host.index(after: dash)..<dot])
        guard LiveSpecification.isIdentifier(identifier) else { return nil }
        return SandboxAddress(identifier: identifier, port: port)
    }
}

/// What the data plane asks of every request: a sandbox that is there, and its token.
struct DataPlaneAccess: Sendable {
    let state: ServiceState

    private static let tokenHeader = HTTPField.Name("x-access-token")
    private static let trafficHeader = HTTPField.Name("e2b-traffic-access-token")

    /// The sandbox of a request, awake.
    func sandbox(_ request: Request) async throws -> E2BSandbox {
        guard let address = SandboxAddress(request) else {
            if let sandbox = byToken(request) { return try await find(sandbox.identifier) }
            throw ServiceError.badRequest(
                "this needs the headers e2b-sandbox-id and e2b-sandbox-port, or a host "
                    + "<port>-<id>.<domain>")
        }
        return try await find(address.identifier)
    }

    /// Some releases of the client say neither id nor host after `connect`: the token, which only
    /// one sandbox has, says it too.
    private func byToken(_ request: Request) -> E2BSandbox? {
        guard let name = Self.tokenHeader, let token = request.headers[name] else { return nil }
        return state.e2b.sandboxes.records.lazy.compactMap(E2BSandbox.init)
            .first { SecretText.isEqual($0.note.accessToken, token) }
    }

    func find(_ identifier: String) async throws -> E2BSandbox {
        guard let record = state.e2b.sandboxes.record(identifier),
            let sandbox = E2BSandbox(record)
        else { throw ServiceError.sandboxGone(identifier) }
        guard sandbox.record.isPaused else { return sandbox }
        guard sandbox.note.resumesOnTraffic else {
            throw ServiceError.sandboxGone(identifier, why: ": it is paused; resume it first")
        }
        return try await state.e2b.resume(sandbox, seconds: nil)
    }

    /// The sandbox, for who has its token or a key of its tenant.
    func authorised(_ request: Request) async throws -> E2BSandbox {
        let sandbox = try await sandbox(request)
        try await authorise(request, sandbox)
        return sandbox
    }

    func authorise(_ request: Request, _ sandbox: E2BSandbox) async throws {
        if let name = Self.tokenHeader, let token = request.headers[name] {
            guard SecretText.isEqual(token, sandbox.note.accessToken) else { throw Self.refused }
            try RequestLoad.current?.belongs(to: sandbox.note.tenant)
            return
        }
        guard AuthenticationMiddleware.key(in: request.headers) != nil else { throw Self.refused }
        let identity = try await AuthenticationMiddleware.authenticate(request, state: state)
        guard identity.tenant == sandbox.note.tenant, identity.scopes.contains(.run) else {
            throw Self.refused
        }
    }

    func authoriseTraffic(_ request: Request, _ sandbox: E2BSandbox) throws {
        guard let expected = sandbox.note.trafficToken else { return }
        guard let name = Self.trafficHeader, let token = request.headers[name],
            SecretText.isEqual(token, expected)
        else {
            throw ServiceError.forbidden(
                "the ports of this sandbox are not public: send e2b-traffic-access-token")
        }
    }

    static let refused = ServiceError.unauthenticated(
        "this needs the sandbox's access token, as x-access-token")

    /// The sandbox has one user; `root` is not one of its names.
    static func checkUser(_ name: String?) throws {
        guard let name, !name.isEmpty, name != "user" else { return }
        throw ServiceError(
            .unauthorized, code: "unauthenticated",
            message:
                "there is no user \(name) in this sandbox: it has one, user, without privileges")
    }

    /// The user of `Authorization: Basic base64("<user>:")`.
    static func checkUser(_ request: Request) throws {
        guard let header = request.headers[.authorization], header.hasPrefix("Basic "),
            let bytes = Base64.decode(Array(header.dropFirst(6).utf8))
        else { return }
        let text = String(decoding: bytes, as: UTF8.self)
        try checkUser(String(text.prefix { $0 != ":" }))
    }
}

/// Comparing secrets.
enum SecretText {
    /// In a time that does not depend on where the texts differ.
    static func isEqual(_ one: String, _ other: String) -> Bool {
        let (a, b) = (Array(one.utf8), Array(other.utf8))
        guard a.count == b.count else { return false }
        return zip(a, b).reduce(UInt8(0)) { $0 | ($1.0 ^ $1.1) } == 0
    }
}
