internal import JSONText

/// Which generation of MCP a request belongs to.
enum ProtocolEra: Sendable, Equatable {
    /// 2026-07-28: stateless, every request says everything.
    case modern(ModernEnvelope)
    /// 2025-11-25 and before: begun with `initialize`.
    case legacy(version: String)

    static let modernVersions = ["2026-07-28"]
    static let legacyVersions = ["2025-11-25", "2025-06-18", "2025-03-26"]
    static let allVersions = modernVersions + legacyVersions

    var isModern: Bool {
        if case .modern = self { return true }
        return false
    }
}

/// What a modern request says about its client, in `params._meta`.
struct ModernEnvelope: Sendable, Equatable {
    static let versionKey = "io.modelcontextprotocol/protocolVersion"
    static let capabilitiesKey = "io.modelcontextprotocol/clientCapabilities"

    var version: String
    var capabilities: JSONValue

    /// Whether the request claims to be a modern one.
    static func isPresent(in params: JSONValue) -> Bool {
        params["_meta"]?[versionKey] != nil || params["_meta"]?[capabilitiesKey] != nil
    }

    init(params: JSONValue) throws(JSONRPCError) {
        guard let meta = params["_meta"], case .object = meta else {
            throw JSONRPCError(.invalidParams, "params._meta is missing")
        }
        guard let version = meta[Self.versionKey]?.stringValue else {
            throw JSONRPCError(.invalidParams, "params._meta needs \(Self.versionKey), a string")
        }
        guard let capabilities = meta[Self.capabilitiesKey], case .object = capabilities else {
            throw JSONRPCError(
                .invalidParams, "params._meta needs \(Self.capabilitiesKey), an object")
        }
        self.version = version
        self.capabilities = capabilities
    }

    func requireSupportedVersion() throws(JSONRPCError) {
        guard !ProtocolEra.modernVersions.contains(version) else { return }
        throw JSONRPCError(
            .unsupportedVersion, "unsupported protocol version",
            data: [
                "supported": .array(ProtocolEra.allVersions.map { .string($0) }),
                "requested": .string(version),
            ])
    }
}
