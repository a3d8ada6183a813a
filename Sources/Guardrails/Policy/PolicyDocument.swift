internal import PolicyFiles
internal import RunModel

/// A guardrail policy as it is written (`Policies/guardrails/*.yaml`).
struct PolicyDocument: Decodable {
    var version: Int
    /// A shipped policy that this one starts from.
    var extends: String?
    var possibleFindings: RuleAction?
    var rules: [String: RuleAction]?
    var scope: [String]?
    var protected: [ProtectedEntry]?
    var bounds: BoundsEntry?
    var suppressions: [SuppressionEntry]?
    var custom: [CustomRuleEntry]?

    enum CodingKeys: String, CodingKey, CaseIterable {
        case version, extends
        case possibleFindings = "possible_findings"
        case rules, scope, protected, bounds, suppressions, custom
    }

    struct ProtectedEntry: Decodable {
        var paths: [String]
        var action: RuleAction
        /// Where a file comes, goes or is renamed; otherwise `action`.
        var newOrDeleted: RuleAction?
        var reason: String

        enum CodingKeys: String, CodingKey, CaseIterable {
            case paths, action
            case newOrDeleted = "new_or_deleted"
            case reason
        }
    }

    struct BoundsEntry: Decodable {
        var files: Int?
        var linesAdded: Int?
        var linesRemoved: Int?
        var bytesAdded: ByteSize?

        enum CodingKeys: String, CodingKey, CaseIterable {
            case files
            case linesAdded = "lines_added"
            case linesRemoved = "lines_removed"
            case bytesAdded = "bytes_added"
        }
    }

    struct SuppressionEntry: Decodable {
        var rule: String
        var path: String?
        var fingerprint: String?
        var reason: String
        var expires: String

        enum CodingKeys: String, CodingKey, CaseIterable {
            case rule, path, fingerprint, reason, expires
        }
    }

    struct CustomRuleEntry: Decodable {
        var id: String
        var title: String
        var rationale: String?
        var remedy: String?
        var severity: Severity?
        var action: RuleAction
        var paths: [String]?
        var added: [String]?
        var removed: [String]?
        var ignoreCase: Bool?
        var forbidChange: Bool?
        var maxLinesAdded: Int?
        var maxLinesRemoved: Int?
        var maxFileBytes: ByteSize?
        var queries: [QueryEntry]?
        var examples: [ExampleEntry]?

        enum CodingKeys: String, CodingKey, CaseIterable {
            case id, title, rationale, remedy, severity, action, paths, added, removed
            case ignoreCase = "ignore_case"
            case forbidChange = "forbid_change"
            case maxLinesAdded = "max_lines_added"
            case maxLinesRemoved = "max_lines_removed"
            case maxFileBytes = "max_file_bytes"
            case queries, examples
        }
    }

    struct QueryEntry: Decodable {
        enum Side: String, Decodable, CaseIterable { case added, removed }

        var languages: [String]
        var query: String
        var side: Side?

        enum CodingKeys: String, CodingKey, CaseIterable { case languages, query, side }
    }

    struct ExampleEntry: Decodable {
        enum Expectation: String, Decodable, CaseIterable { case violating, clean }

        var expect: Expectation
        var summary: String
        var base: [String: String]?
        var head: [String: String]?

        enum CodingKeys: String, CodingKey, CaseIterable { case expect, summary, base, head }
    }
}
