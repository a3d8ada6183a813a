internal import JSONText
internal import Orchestration

enum ReadTool: Tool {
    static let name = "read"
    static let title = "Read a file"
    static let description =
        "Reads a text file of a session, whole or some lines of it. Paths are relative to the repository's root."
    static let isReadOnly = true
    static let inputSchema = Schema.object(
        [
            ("session", Schema.session), ("path", Schema.string("The file.")),
            ("first_line", Schema.integer("The first line, from 1 (1).", 1, 10_000_000)),
            ("line_count", Schema.integer("How many lines (2000).", 1, 100_000)),
        ], required: ["session", "path"])
    static let outputSchema = Schema.document([
        ("text", Schema.text), ("total_lines", ["type": "integer"]),
    ])

    static func call(_ context: ToolContext) async throws -> ToolOutcome {
        let session = try await context.session()
        let bytes = try await context.server.workbench.read(
            try context.arguments.requiredString("path"), in: session)
        guard let text = String(validating: bytes, as: UTF8.self) else {
            throw ToolError("the file is not UTF-8 text (\(bytes.count) bytes)")
        }
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
        let first = (context.arguments.integer("first_line") ?? 1) - 1
        let part = lines.dropFirst(first).prefix(context.arguments.integer("line_count") ?? 2000)
        let shown = part.joined(separator: "\n")
        return .complete(
            ["text": .string(shown), "total_lines": JSONValue(lines.count)], text: shown)
    }
}

enum ListFilesTool: Tool {
    static let name = "list_files"
    static let title = "List files"
    static let description = "Lists files and folders of a session; folders end with a slash."
    static let isReadOnly = true
    static let inputSchema = Schema.object(
        [
            ("session", Schema.session), ("path", Schema.string("The folder (.).")),
            ("depth", Schema.integer("How deep (3).", 1, 20)),
        ], required: ["session"])
    static let outputSchema = Schema.document([
        ("files", Schema.texts), ("truncated", ["type": "boolean"]),
    ])

    static func call(_ context: ToolContext) async throws -> ToolOutcome {
        let session = try await context.session()
        let files = try await context.server.workbench.list(
            context.arguments.string("path") ?? ".",
            depth: context.arguments.integer("depth") ?? 3, in: session)
        return .complete([
            "files": .array(files.prefix(5000).map { .string($0) }),
            "truncated": .bool(files.count > 5000),
        ])
    }
}

enum WriteTool: Tool {
    static let name = "write"
    static let title = "Write a file"
    static let description =
        "Writes a file of a session whole, and makes the folders above it. To change a part, use edit."
    static let isReadOnly = false
    static let inputSchema = Schema.object(
        [
            ("session", Schema.session), ("path", Schema.string("The file.")),
            ("text", Schema.string("What it is to contain.")),
        ], required: ["session", "path", "text"])
    static let outputSchema = Schema.document([("bytes", ["type": "integer"])])

    static func call(_ context: ToolContext) async throws -> ToolOutcome {
        let session = try await context.growingSession()
        let content = Array(try context.arguments.requiredString("text").utf8)
        try await context.server.workbench.write(
            content, to: try context.arguments.requiredString("path"), in: session)
        return .complete(["bytes": JSONValue(content.count)])
    }
}

enum EditTool: Tool {
    static let name = "edit"
    static let title = "Edit a file"
    static let description =
        "Replaces one piece of text in a file of a session. The old text must be there exactly once: give enough context."
    static let isReadOnly = false
    static let inputSchema = Schema.object(
        [
            ("session", Schema.session), ("path", Schema.string("The file.")),
            ("old", Schema.string("The text to replace, exactly as it is there.")),
            ("new", Schema.string("What it becomes.")),
        ], required: ["session", "path", "old", "new"])
    static let outputSchema = Schema.document([("edited", ["type": "boolean"])])

    static func call(_ context: ToolContext) async throws -> ToolOutcome {
        let session = try await context.growingSession()
        let arguments = context.arguments
        try await context.server.workbench.edit(
            try arguments.requiredString("path"), replacing: try arguments.requiredString("old"),
            with: try arguments.requiredString("new"), in: session)
        return .complete(["edited": true])
    }
}

enum DiffTool: Tool {
    static let name = "diff"
    static let title = "Show what changed"
    static let description = "Shows what a session changed since its base, as a git patch."
    static let isReadOnly = true
    static let inputSchema = Schema.object([("session", Schema.session)], required: ["session"])
    static let outputSchema = Schema.document([
        ("tree", Schema.text), ("patch", Schema.text), ("changes", ["type": "object"]),
    ])

    static func call(_ context: ToolContext) async throws -> ToolOutcome {
        let session = try await context.session()
        let changes = try await context.server.workbench.changes(of: session)
        let patch = String(decoding: changes.patch, as: UTF8.self)
        return .complete(
            [
                "tree": .string(changes.tree), "patch": .string(patch),
                "changes": try JSONTextEncoder.value(of: changes.lists),
            ], text: patch.isEmpty ? "nothing was changed" : patch)
    }
}
