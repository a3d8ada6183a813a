internal import JSONText

/// Every tool, sorted by name: the order in which clients see them never changes.
enum ToolCatalog {
    static let all: [any Tool.Type] = [
        DiffTool.self,
        EditTool.self,
        GateTool.self,
        ListFilesTool.self,
        ReadTool.self,
        RunTool.self,
        SessionCloseTool.self,
        SessionForkTool.self,
        SessionListTool.self,
        SessionOpenTool.self,
        SessionRollBackTool.self,
        SessionSnapshotTool.self,
        SubmitTool.self,
        TestTool.self,
        TriageTool.self,
        VerifyTool.self,
        WriteTool.self,
    ]
}

/// Pieces of schemas that several tools share.
enum Schema {
    static func object(
        _ properties: [(String, JSONValue)], required: [String] = []
    ) -> JSONValue {
        [
            "type": "object",
            "properties": .object(properties.map { JSONValue.Member($0.0, $0.1) }),
            "required": .array(required.map { .string($0) }), "additionalProperties": false,
        ]
    }

    /// A document of Drydock's: these members at least.
    static func document(_ properties: [(String, JSONValue)]) -> JSONValue {
        [
            "type": "object",
            "properties": .object(properties.map { JSONValue.Member($0.0, $0.1) }),
            "required": .array(properties.map { .string($0.0) }),
        ]
    }

    static func string(_ description: String) -> JSONValue {
        ["type": "string", "description": .string(description)]
    }

    static func strings(_ description: String) -> JSONValue {
        [
            "type": "array", "items": ["type": "string"], "description": .string(description),
        ]
    }

    static func integer(_ description: String, _ minimum: Int, _ maximum: Int) -> JSONValue {
        [
            "type": "integer", "minimum": JSONValue(minimum), "maximum": JSONValue(maximum),
            "description": .string(description),
        ]
    }

    static let session = string("The session's id, from session_open.")
    static let text: JSONValue = ["type": "string"]
    static let texts: JSONValue = ["type": "array", "items": ["type": "string"]]
    static let nullableText: JSONValue = ["type": ["string", "null"]]
    static let nullableInteger: JSONValue = ["type": ["integer", "null"]]
}
