package import JSONText

/// Something that a model may do: typed, described, checked against its schema before it is done.
package protocol RepairTool: Sendable {
    /// As models call it.
    var name: String { get }
    /// What it does and what for, for the model.
    var description: String { get }
    /// A JSON Schema of an object; every property required, optional ones nullable.
    var schema: String { get }
    /// - Parameter arguments: fit the schema.
    /// - Throws: `ToolRefusal` for what cannot be done: the model sees its text and goes on.
    func perform(
        _ arguments: JSONValue, in workspace: RepairWorkspace
    ) async throws -> String
}

/// Why a tool did not do what it was asked for: an observation, not the end.
package struct ToolRefusal: Error, Sendable, Equatable, CustomStringConvertible {
    package var description: String

    package init(_ description: String) { self.description = description }
}

/// The model says that it cannot be done.
struct GivenUp: Error, Sendable, Equatable {
    var reason: String
}

/// Every tool. Which of them a role has is `ModelRole.tools`, and nothing else.
package enum ToolCatalog {
    package static let all: [any RepairTool] = [
        ReadTool(), SearchTool(), ListTool(), OutputTool(),
        EditTool(), ApplyPatchTool(), RunTool(), RunTestsTool(),
        TestHistoryTool(), GitLogTool(), ServiceStatusTool(),
        ChangelogTool(), DocumentationTool(), GiveUpTool(),
    ]

    package static func tool(named name: String) -> (any RepairTool)? {
        all.first { $0.name == name }
    }
}

extension JSONValue {
    /// A member's text; empty where it is null or missing.
    func text(_ name: String) -> String { self[name]?.stringValue ?? "" }

    /// The object with `null` for the nullable members that a model left out: many do.
    func completed(for schema: JSONSchema) -> JSONValue {
        guard members != nil else { return self }
        var result = self
        for name in schema.value["required"]?.arrayValue?.compactMap(\.stringValue) ?? []
        where self[name] == nil {
            let types = schema.value["properties"]?[name]?["type"]?.arrayValue ?? []
            if types.contains("null") { result = result.adding(name, .null) }
        }
        return result
    }
}
