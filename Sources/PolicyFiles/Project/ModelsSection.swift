/// The operator's models: which are asked, where they are, within which bounds.
package struct ModelsSection: Decodable, Sendable, Equatable {
    /// Weakest first: a stuck attempt goes to the next.
    package var ladder: [ModelEntry]
    /// Default: the ladder's last, in a context of its own.
    package var reviewer: ModelEntry?
    /// Roles that another model of the ladder takes, by its name.
    package var roles: [String: String]?
    package var limits: ModelLimitsSection?
    /// Whether answers are streamed. Default: yes.
    package var streaming: Bool?
    /// PEM files of authorities that are trusted beside the system's.
    package var authorities: [String]?

    package enum CodingKeys: String, CodingKey, CaseIterable {
        case ladder, reviewer, roles, limits, streaming, authorities
    }
}

/// One model of a provider.
package struct ModelEntry: Decodable, Sendable, Equatable {
    /// US dollars per million tokens.
    package struct Price: Decodable, Sendable, Equatable {
        package var input: Double
        package var output: Double
        package var cachedInput: Double?
        package var cacheWrite: Double?

        package enum CodingKeys: String, CodingKey, CaseIterable {
            case input, output
            case cachedInput = "cached_input"
            case cacheWrite = "cache_write"
        }
    }

    /// A name of `ProviderCatalog`.
    package var provider: String
    package var model: String
    /// Default: the provider's own.
    package var endpoint: String?
    /// Default: what `DRYDOCK_MODEL_KEY_FILE` names.
    package var keyFile: String?
    /// Tokens of its context. Default: 65536.
    package var context: UInt64?
    /// Tokens of one answer. Default: 4096.
    package var outputTokens: UInt64?
    /// Time for one answer. Default: 2m.
    package var timeout: TimeSpan?
    package var temperature: Double?
    package var effort: String?
    /// Default: what the shipped list says.
    package var price: Price?

    package enum CodingKeys: String, CodingKey, CaseIterable {
        case provider, model, endpoint
        case keyFile = "key_file"
        case context
        case outputTokens = "output_tokens"
        case timeout, temperature, effort, price
    }
}

/// Bounds of one attempt.
package struct ModelLimitsSection: Decodable, Sendable, Equatable {
    /// Answers per role. Default: 40.
    package var turns: UInt64?
    /// Wrong calls in a row. Default: 3.
    package var corrections: UInt64?
    /// Files that a plan may name. Default: 10.
    package var files: UInt64?
    /// Time for one call of a tool. Default: 5m.
    package var toolCall: TimeSpan?

    package enum CodingKeys: String, CodingKey, CaseIterable {
        case turns, corrections, files
        case toolCall = "tool_call"
    }
}

/// What a repository may say about models: fewer of the operator's, within tighter bounds.
package struct ProjectModelsSection: Decodable, Sendable, Equatable {
    /// Models of the operator's ladder, by name; none switches models off.
    package var use: [String]?
    package var limits: ModelLimitsSection?

    package enum CodingKeys: String, CodingKey, CaseIterable { case use, limits }
}
