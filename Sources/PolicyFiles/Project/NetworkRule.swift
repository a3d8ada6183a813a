internal import RunModel

/// What a run may reach: `none`, `loopback`, `host`, or a mapping with `allow`.
///
/// ```yaml
/// network:
///   allow:
///     - packages.example.org
///     - {host: api.example.org, ports: [443], methods: [GET, POST], paths: [/v1/], credential: model}
///   cache: true
/// ```
package enum NetworkRule: Decodable, Sendable, Equatable {
    case none
    case loopback
    case host
    /// Entries in the text form of `EgressPolicy`.
    case allow([String])

    package enum CodingKeys: String, CodingKey, CaseIterable {
        case allow, record, replay, cache, intercept
    }

    package init(from decoder: any Decoder) throws {
        // A text is tried first, so that a mistake in a mapping is told as one.
        if let text = try? decoder.singleValueContainer().decode(String.self) {
            switch text {
            case "none": self = .none
            case "loopback": self = .loopback
            case "host": self = .host
            default:
                throw DecodingError.dataCorrupted(
                    .init(
                        codingPath: decoder.codingPath,
                        debugDescription: "\"\(text.prefix(60))\" is not a network: "
                            + "write none, loopback, host or {allow: [HOST, ...]}"))
            }
            return
        }
        let mapping = try decoder.container(keyedBy: CodingKeys.self)
        var entries = try mapping.decodeIfPresent([AllowedHost].self, forKey: .allow)?.map(\.text)
        for key in [CodingKeys.record, .replay] {
            guard let path = try mapping.decodeIfPresent(String.self, forKey: key) else { continue }
            entries = (entries ?? []) + ["@\(key.rawValue)=\(path)"]
        }
        for key in [CodingKeys.cache, .intercept]
        where try mapping.decodeIfPresent(Bool.self, forKey: key) == true {
            entries = (entries ?? []) + ["@\(key.rawValue)"]
        }
        guard let entries else {
            throw DecodingError.keyNotFound(
                CodingKeys.allow,
                .init(codingPath: decoder.codingPath, debugDescription: "names no host"))
        }
        do {
            _ = try EgressPolicy(entries: entries)
        } catch {
            throw DecodingError.dataCorrupted(
                .init(codingPath: decoder.codingPath, debugDescription: "\(error)"))
        }
        self = .allow(entries)
    }
}

/// One entry of `allow`: a text, or a mapping with the same parts spelled out.
package struct AllowedHost: Decodable, Sendable, Equatable {
    /// As `--net allow=` writes it.
    package var text: String

    package enum CodingKeys: String, CodingKey, CaseIterable {
        case host, ports, methods, paths, intercept, credential
    }

    package init(from decoder: any Decoder) throws {
        if let text = try? decoder.singleValueContainer().decode(String.self) {
            self.text = try Self.checked(text, decoder)
            return
        }
        let mapping = try decoder.container(keyedBy: CodingKeys.self)
        var text = try mapping.decode(String.self, forKey: .host)
        guard !text.contains(";") else {
            throw DecodingError.dataCorruptedError(
                forKey: .host, in: mapping,
                debugDescription: "options belong under keys of their own")
        }
        for port in try mapping.decodeIfPresent([Int].self, forKey: .ports) ?? [] {
            text += ";port=\(port)"
        }
        for method in try mapping.decodeIfPresent([String].self, forKey: .methods) ?? [] {
            text += ";method=\(method)"
        }
        for path in try mapping.decodeIfPresent([String].self, forKey: .paths) ?? [] {
            text += ";path=\(path)"
        }
        if try mapping.decodeIfPresent(Bool.self, forKey: .intercept) == true {
            text += ";tls=intercept"
        }
        if let name = try mapping.decodeIfPresent(String.self, forKey: .credential) {
            text += ";credential=\(name)"
        }
        self.text = try Self.checked(text, decoder)
    }

    /// An entry with a comma would become two where lists are texts.
    private static func checked(_ text: String, _ decoder: any Decoder) throws -> String {
        do {
            guard !text.contains(",") else {
                throw EgressRuleError(entry: text, reason: "contains a comma; write two entries")
            }
            return try EgressRule(entry: text).description
        } catch {
            throw DecodingError.dataCorrupted(
                .init(codingPath: decoder.codingPath, debugDescription: "\(error)"))
        }
    }
}
