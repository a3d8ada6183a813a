internal import RunModel

/// What is known beyond the tree: history, earlier results, services.
package protocol RepairKnowledge: Sendable {
    /// Newest first: commit, time, author, subject.
    func log(path: String?, limit: Int) async throws -> [String]
    /// What is on record about a test, newest first.
    func testHistory(_ test: String) async throws -> [String]
    /// The configured services and what their checks said.
    func serviceStatus() async throws -> [String]
}

/// The tree that a model works on. Every change makes another tree; nothing is ever changed in
/// place, and what commands leave behind is thrown away.
package actor RepairWorkspace {
    package nonisolated let problem: RepairProblem
    package nonisolated let tools: RepairTools
    package private(set) var tree: String
    /// Paths that the plan names: the only ones that may be changed. `nil` before there is a plan.
    private var planned: Set<String>?
    private var shelf = OutputShelf()
    private var hasPassed: String?
    private var hidden: HiddenFiles?
    private var hiddenValues: [String]?

    package init(problem: RepairProblem, tools: RepairTools) {
        self.problem = problem
        self.tools = tools
        tree = problem.tree
    }

    func restrict(to paths: Set<String>) { planned = paths }

    func files() async throws -> [TreeFile] { try await tools.trees.files(inTree: tree) }

    /// A text file's content.
    func text(of path: String) async throws -> String {
        guard WorkspacePath.isPlain(path) else {
            throw ToolRefusal("\(path) is no path relative to the root of the repository")
        }
        guard !SecretShapes.isSecretFile(path) else {
            throw ToolRefusal("\(path) may hold secrets and is not shown")
        }
        guard let file = try await tools.trees.file(at: path, inTree: tree) else {
            throw ToolRefusal("there is no \(path); `list` shows what there is")
        }
        guard file.isRegular else { throw ToolRefusal("\(path) is no regular file") }
        let bytes: [UInt8]
        do { bytes = try await tools.trees.blob(file.blob, byteLimit: tools.byteLimit) } catch let
            error as BlobTooLarge
        { throw ToolRefusal("\(path) has \(error.sizeBytes) bytes, too many to be shown") }
        guard !bytes.contains(0), let text = String(validating: bytes, as: UTF8.self) else {
            throw ToolRefusal("\(path) is no text")
        }
        return text
    }

    /// Whether the model may change this path.
    func mayChange(_ path: String) throws {
        guard WorkspacePath.isPlain(path) else {
            throw ToolRefusal("\(path) is no path relative to the root of the repository")
        }
        guard problem.scope.permits(path), !SecretShapes.isSecretFile(path) else {
            throw ToolRefusal(
                "\(path) must not be changed: it is a test, judges the change, or is out of scope")
        }
        if let planned, !planned.contains(path) {
            throw ToolRefusal(
                "\(path) is not in the plan, which names \(planned.sorted().joined(separator: ", "))"
            )
        }
    }

    /// Writes files; a `nil` content deletes.
    func write(_ contents: [String: String?]) async throws {
        var edits: [TreeEdit] = []
        for (path, text) in contents.sorted(by: { $0.key < $1.key }) {
            try mayChange(path)
            let known = try await tools.trees.file(at: path, inTree: tree)
            guard known?.isRegular ?? true else { throw ToolRefusal("\(path) is no regular file") }
            if let text, text.utf8.count > tools.byteLimit || text.utf8.contains(0) {
                throw ToolRefusal("\(path) would be too large, or no text")
            }
            edits.append(
                TreeEdit(
                    path: path, content: text.map { Array($0.utf8) },
                    mode: known?.mode ?? 0o100644))
        }
        tree = try await tools.trees.writeTree(base: tree, edits: edits)
    }

    func shown(_ text: String) -> String { shelf.shown(text) }

    private func hiddenFiles() async throws -> HiddenFiles {
        if let hidden { return hidden }
        let found = try await HiddenFiles(in: problem.tree, tools.trees)
        hidden = found
        return found
    }

    /// A tool's answer without what stands in files that hold secrets: a program that is edited or
    /// run may print them.
    func redacted(_ text: String) async throws -> String {
        if hiddenValues == nil { hiddenValues = try await hiddenFiles().values(tools.trees) }
        var result = text
        for value in hiddenValues ?? [] where result.contains(value) {
            result = result.replacing(value, with: "[redacted]")
        }
        return result
    }

    func page(_ id: String, offset: Int, query: String?) throws -> String {
        guard let page = shelf.page(id, offset: offset, query: query) else {
            let known = shelf.ids.isEmpty ? "none" : shelf.ids.joined(separator: ", ")
            throw ToolRefusal("there is no output \(id); there are: \(known)")
        }
        return page
    }

    /// Runs in a fresh sandbox over the tree as it is, but for files that hold secrets; without a
    /// network, whatever is asked.
    func run(_ arguments: [String], role: String = "model") async throws -> (Int32?, String) {
        let tree = try await hiddenFiles().removed(from: tree, tools.trees)
        var request = CommandRequest(
            tree: tree, arguments: arguments, limits: problem.limits, role: role)
        request.limits.wallMilliseconds = min(request.limits.wallMilliseconds ?? 120_000, 120_000)
        let result = try await tools.executor.run(request)
        let output = String(decoding: result.standardOutput + result.standardError, as: UTF8.self)
        let ending =
            result.report.outcome == .exited ? "" : "\n[ended: \(result.report.outcome.rawValue)]"
        return (result.report.exitCode, output + ending)
    }

    func runTests() async throws -> ProbeResult {
        let tried = tree
        let result = try await tools.probe.result(of: ProbeVariation(tree: tried, role: "model"))
        if result.outcome == .passed { hasPassed = tried }
        return result
    }

    /// Whether the failing tests passed on the tree as it is now.
    var isProvenHere: Bool { hasPassed == tree }
}
