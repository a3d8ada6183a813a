internal import JSONText
internal import RunModel

struct ReadTool: RepairTool {
    let name = "read"
    let description =
        "Shows a text file, or some of its lines. Lines are not numbered in the answer."
    let schema = """
        {"type":"object","additionalProperties":false,"required":["path","first_line","line_count"],
         "properties":{"path":{"type":"string","description":"relative to the root"},
          "first_line":{"type":["integer","null"],"description":"from 1; null: the beginning"},
          "line_count":{"type":["integer","null"],"description":"null: as many as fit"}}}
        """

    func perform(
        _ arguments: JSONValue, in workspace: RepairWorkspace
    ) async throws -> String {
        let path = arguments.text("path")
        let text = try await workspace.text(of: path)
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
        let first = max(1, arguments["first_line"]?.integerValue ?? 1)
        let count = max(1, arguments["line_count"]?.integerValue ?? 400)
        guard first <= lines.count else {
            throw ToolRefusal("\(path) has \(lines.count) lines only")
        }
        let last = min(lines.count, first - 1 + min(count, 2_000))
        return "\(path), lines \(first) to \(last) of \(lines.count):\n"
            + lines[(first - 1)..<last].joined(separator: "\n")
    }
}

struct SearchTool: RepairTool {
    let name = "search"
    let description = "Finds the lines of the repository's text files that contain some text."
    let schema = """
        {"type":"object","additionalProperties":false,"required":["text","paths"],
         "properties":{"text":{"type":"string","description":"exact text, case counts"},
          "paths":{"type":["string","null"],"description":"a glob such as src/**; null: everywhere"}}}
        """
    private static let fileLimit = 5_000
    private static let byteLimit = 64 << 20

    func perform(
        _ arguments: JSONValue, in workspace: RepairWorkspace
    ) async throws -> String {
        let text = arguments.text("text")
        guard !text.isEmpty, !text.contains("\n") else {
            throw ToolRefusal("the text must be part of one line")
        }
        let pattern = arguments["paths"]?.stringValue.map { PathPattern($0) }
        let trees = workspace.tools.trees
        var found: [String] = []
        var bytesRead = 0
        for file in try await workspace.files().prefix(Self.fileLimit)
        where file.isRegular && !SecretShapes.isSecretFile(file.path)
            && (pattern?.matches(file.path) ?? true)
        {
            guard found.count < 60, bytesRead < Self.byteLimit else {
                found.append("[there are more; narrow the search]")
                break
            }
            let bytes: [UInt8]
            do { bytes = try await trees.blob(file.blob, byteLimit: 1 << 20) } catch is BlobTooLarge
            { continue }
            bytesRead += bytes.count
            guard !bytes.contains(0) else { continue }
            let lines = String(decoding: bytes, as: UTF8.self)
                .split(separator: "\n", omittingEmptySubsequences: false)
            for (number, line) in lines.enumerated() where line.contains(text) {
                found.append("\(file.path):\(number + 1): \(line.prefix(200))")
            }
        }
        return found.isEmpty ? "no line contains it" : found.prefix(61).joined(separator: "\n")
    }
}

struct ListTool: RepairTool {
    let name = "list"
    let description = "Lists the repository's files whose path fits a glob."
    let schema = """
        {"type":"object","additionalProperties":false,"required":["paths"],
         "properties":{"paths":{"type":["string","null"],"description":"such as src/**; null: all"}}}
        """

    func perform(
        _ arguments: JSONValue, in workspace: RepairWorkspace
    ) async throws -> String {
        let pattern = arguments["paths"]?.stringValue.map { PathPattern($0) }
        let paths = try await workspace.files().map(\.path).filter { pattern?.matches($0) ?? true }
        guard !paths.isEmpty else { return "no file fits" }
        let shown = paths.prefix(300).joined(separator: "\n")
        return paths.count > 300 ? shown + "\n[\(paths.count - 300) more; narrow the glob]" : shown
    }
}

struct OutputTool: RepairTool {
    let name = "output"
    let description =
        "Shows more of an output that was shortened: a page, or the lines around a word."
    let schema = """
        {"type":"object","additionalProperties":false,"required":["id","offset","query"],
         "properties":{"id":{"type":"string","description":"as the shortened output names it"},
          "offset":{"type":["integer","null"],"description":"in characters; null: the beginning"},
          "query":{"type":["string","null"],"description":"lines that contain it, with their surroundings"}}}
        """

    func perform(
        _ arguments: JSONValue, in workspace: RepairWorkspace
    ) async throws -> String {
        try await workspace.page(
            arguments.text("id"), offset: arguments["offset"]?.integerValue ?? 0,
            query: arguments["query"]?.stringValue)
    }
}
