internal import Foundation
internal import RunModel
internal import SourceSyntax

/// The JSON Schema of a guardrail policy, made from the rules and the keys that are read, for
/// editors: `Policies/schema/guardrail-policy.json`.
package enum GuardrailPolicySchema {
    /// - Throws: what JSON encoding throws; never for the schema as it is.
    package static func text() throws -> String {
        let data = try JSONSerialization.data(
            withJSONObject: document,
            options: [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes])
        return String(decoding: data, as: UTF8.self) + "\n"
    }

    private static var document: [String: Any] {
        var schema = object(
            [
                "version": ["const": 1],
                "extends": ["enum": PolicyLoader.shippedNames],
                "possible_findings": action,
                "rules": rules,
                "scope": strings,
                "protected": list(
                    object(
                        [
                            "paths": strings, "action": action, "new_or_deleted": action,
                            "reason": string,
                        ],
                        required: ["paths", "action", "reason"])),
                "bounds": object([
                    "files": count, "lines_added": count, "lines_removed": count,
                    "bytes_added": size,
                ]),
                "suppressions": list(suppression),
                "custom": list(custom),
            ], required: ["version"])
        schema["$schema"] = "https://json-schema.org/draft/2020-12/schema"
        schema["title"] = "Guardrail policy"
        schema["description"] = "What drydock gate does about the findings of its rules."
        return schema
    }

    private static var rules: [String: Any] {
        var properties: [String: Any] = [:]
        for rule in RuleCatalog.all {
            var entry = action
            entry["description"] = rule.metadata.title
            entry["default"] = rule.metadata.action.rawValue
            properties[rule.metadata.id] = entry
        }
        // Custom rules have ids of their own choosing.
        return [
            "type": "object", "properties": properties, "additionalProperties": action,
        ]
    }

    private static var suppression: [String: Any] {
        object(
            [
                "rule": string, "path": string, "fingerprint": string, "reason": string,
                "expires": ["type": "string", "format": "date"],
            ], required: ["rule", "reason", "expires"])
    }

    private static var custom: [String: Any] {
        object(
            [
                "id": ["type": "string", "pattern": "^[a-z0-9-]+$"],
                "title": string, "rationale": string, "remedy": string,
                "severity": ["enum": Severity.allCases.map(\.rawValue)],
                "action": action, "paths": strings, "added": strings, "removed": strings,
                "ignore_case": flag, "forbid_change": flag, "max_lines_added": count,
                "max_lines_removed": count, "max_file_bytes": size,
                "queries": list(
                    object(
                        [
                            "languages": list([
                                "enum": SyntaxLanguage.allCases.map(\.rawValue)
                            ]),
                            "query": string, "side": ["enum": ["added", "removed"]],
                        ], required: ["languages", "query"])),
                "examples": list(
                    object(
                        [
                            "expect": ["enum": ["violating", "clean"]], "summary": string,
                            "base": files, "head": files,
                        ], required: ["expect", "summary"])),
            ], required: ["id", "title", "action"])
    }

    private static var string: [String: Any] { ["type": "string"] }
    private static var flag: [String: Any] { ["type": "boolean"] }
    private static var count: [String: Any] { ["type": "integer", "minimum": 0] }
    private static var size: [String: Any] {
        ["type": ["string", "integer"], "description": "Bytes, or with a unit, such as 2MiB."]
    }
    private static var strings: [String: Any] { list(string) }
    private static var files: [String: Any] {
        ["type": "object", "additionalProperties": string, "description": "Content by path."]
    }
    private static var action: [String: Any] {
        ["enum": RuleAction.allCases.map(\.rawValue)]
    }

    private static func list(_ items: [String: Any]) -> [String: Any] {
        ["type": "array", "items": items]
    }

    private static func object(
        _ properties: [String: Any], required: [String] = []
    ) -> [String: Any] {
        var schema: [String: Any] = [
            "type": "object", "additionalProperties": false, "properties": properties,
        ]
        if !required.isEmpty { schema["required"] = required }
        return schema
    }
}

extension GuardrailPolicySchema {
    /// Every key that a policy may have, from the types that read it.
    package static var keys: [String] {
        func names<Keys: CodingKey & CaseIterable>(_ keys: Keys.Type) -> [String] {
            keys.allCases.map(\.stringValue)
        }
        return names(PolicyDocument.CodingKeys.self)
            + names(PolicyDocument.ProtectedEntry.CodingKeys.self)
            + names(PolicyDocument.BoundsEntry.CodingKeys.self)
            + names(PolicyDocument.SuppressionEntry.CodingKeys.self)
            + names(PolicyDocument.CustomRuleEntry.CodingKeys.self)
            + names(PolicyDocument.QueryEntry.CodingKeys.self)
            + names(PolicyDocument.ExampleEntry.CodingKeys.self)
    }
}
