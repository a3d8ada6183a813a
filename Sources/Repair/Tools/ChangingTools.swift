internal import JSONText
internal import RunModel

struct EditTool: RepairTool {
    let name = "edit"
    let description = """
        Replaces one piece of text of a file. old_text must stand there exactly once, line breaks \
        and indentation included; empty old_text makes a new file.
        """
    let schema = """
        {"type":"object","additionalProperties":false,"required":["path","old_text","new_text"],
         "properties":{"path":{"type":"string"},"old_text":{"type":"string"},
          "new_text":{"type":"string"}}}
        """

    func perform(
        _ arguments: JSONValue, in workspace: RepairWorkspace
    ) async throws -> String {
        let path = arguments.text("path")
        let (old, new) = (arguments.text("old_text"), arguments.text("new_text"))
        try await workspace.mayChange(path)
        guard old != new else { throw ToolRefusal("old_text and new_text are the same") }
        guard !old.isEmpty else {
            let known = try await workspace.files().contains { $0.path == path }
            guard !known else {
                throw ToolRefusal("\(path) exists; say in old_text what is to be replaced")
            }
            try await workspace.write([path: new])
            return "made \(path)"
        }
        let text = try await workspace.text(of: path)
        let places = text.ranges(of: old)
        guard places.count == 1 else {
            throw ToolRefusal(
                places.isEmpty
                    ? "old_text does not stand in \(path); `read` it and copy the text exactly"
                    : "old_text stands in \(path) \(places.count) times; take more lines around it")
        }
        try await workspace.write([path: text.replacing(old, with: new, maxReplacements: 1)])
        return "changed \(path)"
    }
}

struct ApplyPatchTool: RepairTool {
    let name = "apply_patch"
    let description = """
        Applies a unified diff (--- a/PATH, +++ b/PATH, @@ hunks) to one or several files. Context \
        and removed lines must stand there exactly; line numbers may be off.
        """
    let schema = """
        {"type":"object","additionalProperties":false,"required":["patch"],
         "properties":{"patch":{"type":"string"}}}
        """

    func perform(
        _ arguments: JSONValue, in workspace: RepairWorkspace
    ) async throws -> String {
        let files = try UnifiedPatch.files(in: arguments.text("patch"))
        var contents: [String: String?] = [:]
        for file in files {
            try await workspace.mayChange(file.path)
            if file.isDeletion {
                _ = try await workspace.text(of: file.path)
                contents[file.path] = .some(nil)
            } else {
                let old = file.isCreation ? "" : try await workspace.text(of: file.path)
                contents[file.path] = try file.applied(to: old)
            }
        }
        // All of it or none.
        try await workspace.write(contents)
        return "changed " + contents.keys.sorted().joined(separator: ", ")
    }
}

struct RunTool: RepairTool {
    let name = "run"
    let description = """
        Runs a shell command in a fresh sandbox over the repository with your changes: no network, \
        at most two minutes. What it changes in files is thrown away.
        """
    let schema = """
        {"type":"object","additionalProperties":false,"required":["command"],
         "properties":{"command":{"type":"string"}}}
        """

    func perform(
        _ arguments: JSONValue, in workspace: RepairWorkspace
    ) async throws -> String {
        let command = arguments.text("command")
        guard !command.isEmpty, !command.utf8.contains(0), command.utf8.count < 16_384 else {
            throw ToolRefusal("the command is empty or too long")
        }
        let (code, output) = try await workspace.run(["/bin/sh", "-c", command])
        return "exit \(code.map(String.init) ?? "none")\n\(output)"
    }
}

struct RunTestsTool: RepairTool {
    let name = "run_tests"
    let description = "Runs the failing tests over the repository with your changes."
    let schema = #"{"type":"object","additionalProperties":false,"required":[],"properties":{}}"#

    func perform(
        _ arguments: JSONValue, in workspace: RepairWorkspace
    ) async throws -> String {
        let result = try await workspace.runTests()
        let verdict =
            switch result.outcome {
            case .passed: "they pass"
            case .failed: "they still fail"
            case .unresolved: "they could not be run: it does not build, or was cut short"
            }
        return "\(verdict)\n\(result.log)"
    }
}

struct GiveUpTool: RepairTool {
    let name = "give_up"
    let description = "Ends the task when it cannot be done; a human reads the reason."
    let schema = """
        {"type":"object","additionalProperties":false,"required":["reason"],
         "properties":{"reason":{"type":"string"}}}
        """

    func perform(
        _ arguments: JSONValue, in workspace: RepairWorkspace
    ) async throws -> String {
        throw GivenUp(reason: arguments.text("reason"))
    }
}
