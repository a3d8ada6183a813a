internal import Digests
internal import HTTPTypes
internal import JSONText
internal import Orchestration

/// The body of a create, checked. Fields that newer clients know are passed over; known ones of
/// the wrong type are not.
struct E2BCreateRequest: Sendable {
    var template: String
    var timeoutSeconds: Int
    var metadata: [String: String]
    var environment: [String: String]
    var pausesAtEnd: Bool
    var resumesOnTraffic: Bool
    var hosts: [String]
    /// Whether hosts may be allowed later on.
    var mayHaveNetwork: Bool
    var network: JSONValue
    var hidesPorts: Bool
    var maskedHost: String?
    var idempotencyKey: String?
    /// Of the body, whatever the order of its members.
    var digest: String

    init(_ body: JSONValue, defaultTimeoutSeconds: Int, idempotencyKey: String?) throws {
        let fields = Fields(body)
        guard let template = try fields.text("templateID"), !template.isEmpty else {
            throw ServiceError.badRequest("templateID is missing")
        }
        self.template = template
        timeoutSeconds = try Self.timeout(fields) ?? defaultTimeoutSeconds
        metadata = try fields.map("metadata") ?? [:]
        environment = try fields.map("envVars") ?? [:]
        pausesAtEnd = try fields.flag("autoPause") ?? false
        resumesOnTraffic = try fields.object("autoResume")?.flag("enabled") ?? false
        for name in ["iam", "mcp"] where body[name] != nil && body[name] != .null {
            throw ServiceError(
                .notImplemented, code: "not_implemented",
                message: "\(name) is not offered by this service")
        }
        if let mounts = body["volumeMounts"]?.arrayValue, !mounts.isEmpty {
            throw ServiceError(
                .notImplemented, code: "not_implemented",
                message: "volumes are not offered by this service")
        }
        network = body["network"] ?? .null
        let rules = try fields.object("network")
        let internet = try fields.flag("allow_internet_access")
        hosts = try E2BNetwork.hosts(rules, internet: internet)
        mayHaveNetwork = internet != false
        hidesPorts = try rules?.flag("allowPublicTraffic") == false
        maskedHost = try rules?.text("maskRequestHost")
        for (name, value) in environment
        where name.isEmpty || name.contains("=") || name.utf8.contains(0) || value.utf8.contains(0)
        {
            throw ServiceError.badRequest(
                "\"\(name)\" is no name of an environment variable, or has a NUL byte")
        }
        // It becomes a line of requests to the program inside.
        guard maskedHost?.utf8.allSatisfy({ (33...126).contains($0) }) != false else {
            throw ServiceError.badRequest("network.maskRequestHost is no name of a host")
        }
        if let key = idempotencyKey {
            guard (1...255).contains(key.utf8.count),
                key.utf8.allSatisfy({
                    (97...122).contains($0) || (48...57).contains($0) || $0 == 45
                })
            else {
                throw ServiceError.badRequest("Idempotency-Key is not 1 to 255 of a-z, 0-9 and -")
            }
        }
        self.idempotencyKey = idempotencyKey
        digest = SHA256Digest(of: body.text(.canonical)).hexadecimal
    }

    static func timeout(_ fields: Fields) throws -> Int? {
        guard let seconds = try fields.number("timeout") else { return nil }
        guard (0...E2BService.longestTimeoutSeconds).contains(seconds) else {
            throw ServiceError.badRequest(
                "timeout is not between 0 and \(E2BService.longestTimeoutSeconds) seconds")
        }
        return seconds
    }

    func fill(_ note: inout E2BNote) {
        note.metadata = metadata
        note.resumesOnTraffic = resumesOnTraffic
        note.idempotencyKey = idempotencyKey
        note.requestDigest = idempotencyKey == nil ? nil : digest
        note.hosts = hosts
        note.network = network
        note.maskedHost = maskedHost
    }
}

/// The members of a JSON object, with errors that name the field.
struct Fields {
    let value: JSONValue

    init(_ value: JSONValue) { self.value = value }

    private func present(_ name: String) -> JSONValue? {
        guard let value = value[name], value != .null else { return nil }
        return value
    }

    func text(_ name: String) throws -> String? {
        guard let value = present(name) else { return nil }
        guard let text = value.stringValue else {
            throw ServiceError.badRequest("\(name) is not a text")
        }
        return text
    }

    func number(_ name: String) throws -> Int? {
        guard let value = present(name) else { return nil }
        guard let number = value.integerValue else {
            throw ServiceError.badRequest("\(name) is not a whole number")
        }
        return number
    }

    func flag(_ name: String) throws -> Bool? {
        guard let value = present(name) else { return nil }
        guard let flag = value.boolValue else {
            throw ServiceError.badRequest("\(name) is neither true nor false")
        }
        return flag
    }

    func map(_ name: String) throws -> [String: String]? {
        guard let value = present(name) else { return nil }
        guard let map = value.stringMap else {
            throw ServiceError.badRequest("\(name) is not an object of texts")
        }
        return map
    }

    func texts(_ name: String) throws -> [String]? {
        guard let value = present(name) else { return nil }
        guard let items = value.arrayValue else {
            throw ServiceError.badRequest("\(name) is not a list")
        }
        return try items.map { item in
            guard let text = item.stringValue else {
                throw ServiceError.badRequest("\(name) has an item that is not a text")
            }
            return text
        }
    }

    func object(_ name: String) throws -> Fields? {
        guard let value = present(name) else { return nil }
        guard case .object = value else {
            throw ServiceError.badRequest("\(name) is not an object")
        }
        return Fields(value)
    }
}
