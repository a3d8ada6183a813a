internal import RunModel

/// Runs the writing twin of a formatter or linter check that failed.
///
/// Only files that the failing log names may change, a second run must change nothing, and Python
/// files must keep their syntax tree: a formatter that does more is not proposed.
package struct FormatFixer: Fixer {
    package let name = "format"
    package let summary = "runs the writing twin of a failed formatter or linter check"

    /// A check and what writes what it asks for.
    struct Twin: Sendable {
        var check: String
        var arguments: [String]
        var suffixes: [String]
        /// Linters may change what a program means; formatters may not.
        var keepsSyntax: Bool
    }

    /// `check` is looked for in the failing command, then in the log; longer names come first.
    static let twins = [
        Twin(
            check: "ruff format", arguments: ["ruff", "format"], suffixes: [".py", ".pyi"],
            keepsSyntax: true),
        Twin(
            check: "ruff check", arguments: ["ruff", "check", "--fix"], suffixes: [".py", ".pyi"],
            keepsSyntax: false),
        Twin(
            check: "black", arguments: ["black", "--quiet"], suffixes: [".py", ".pyi"],
            keepsSyntax: true),
        Twin(check: "isort", arguments: ["isort"], suffixes: [".py", ".pyi"], keepsSyntax: false),
        Twin(
            check: "clang-format", arguments: ["clang-format", "-i"],
            suffixes: [".c", ".h", ".cc", ".cpp", ".hpp"], keepsSyntax: true),
        Twin(
            check: "swift format", arguments: ["swift", "format", "-i"], suffixes: [".swift"],
            keepsSyntax: true),
        Twin(
            check: "cargo fmt", arguments: ["rustfmt"], suffixes: [".rs"], keepsSyntax: true),
        Twin(check: "gofmt", arguments: ["gofmt", "-w"], suffixes: [".go"], keepsSyntax: true),
        Twin(
            check: "goimports", arguments: ["goimports", "-w"], suffixes: [".go"],
            keepsSyntax: false),
        Twin(
            check: "prettier", arguments: ["npx", "--no-install", "prettier", "--write"],
            suffixes: [".js", ".jsx", ".ts", ".tsx", ".css", ".json", ".md"], keepsSyntax: true),
        Twin(
            check: "eslint", arguments: ["npx", "--no-install", "eslint", "--fix"],
            suffixes: [".js", ".jsx", ".ts", ".tsx"], keepsSyntax: false),
        Twin(
            check: "terraform fmt", arguments: ["terraform", "fmt"], suffixes: [".tf"],
            keepsSyntax: true),
    ]

    package init() {}

    package func propose(
        for problem: RepairProblem, using tools: RepairTools
    ) async throws -> FixerAnswer {
        guard
            let twin = Self.twins.first(where: { problem.failingCommand.contains($0.check) })
                ?? Self.twins.first(where: { Self.log(problem.log, isOf: $0) })
        else { return .nothing(reason: "no known formatter or linter failed") }
        let files = try await tools.trees.files(inTree: problem.tree)
            .filter { file in
                file.isRegular && twin.suffixes.contains(where: file.path.hasSuffix)
                    && problem.scope.permits(file.path) && problem.log.contains(file.path)
            }.map(\.path)
        guard !files.isEmpty else {
            return .nothing(reason: "\(twin.check) failed, but its log names no file of the tree")
        }
        let first = try await run(twin, on: files, tree: problem.tree, problem, tools)
        guard let formatted = first.tree, formatted != problem.tree else {
            return .nothing(reason: "\(twin.check) changed nothing: \(first.summary)")
        }
        let second = try await run(twin, on: files, tree: formatted, problem, tools)
        guard second.tree == formatted else {
            return .nothing(reason: "\(twin.check) does not come to rest after two runs")
        }
        let changed = try await tools.trees.difference(from: problem.tree, to: formatted)
        if let stray = changed.first(where: { !files.contains($0.path) }) {
            return .nothing(reason: "\(twin.check) also changed \(stray.path)")
        }
        if twin.keepsSyntax, twin.suffixes.contains(".py"),
            try await !sameSyntax(changed.map(\.path), problem.tree, formatted, problem, tools)
        {
            return .nothing(reason: "\(twin.check) changed the syntax tree")
        }
        guard !problem.history.contains(where: { $0.tree == formatted }) else {
            return .nothing(reason: "it was tried already")
        }
        return .proposal(
            Proposal(
                fixer: name, kind: .format, tree: formatted, base: problem.tree,
                explanation: "Runs `\(twin.arguments.joined(separator: " "))` on the "
                    + "\(changed.count) files that the failing check names."))
    }

    private static func log(_ log: String, isOf twin: Twin) -> Bool {
        log.contains(twin.check)
            || (twin.check == "black" && log.contains("would reformat ")
                && !log.contains("ruff"))
    }

    private func run(
        _ twin: Twin, on files: [String], tree: String, _ problem: RepairProblem,
        _ tools: RepairTools
    ) async throws -> (tree: String?, summary: String) {
        var request = CommandRequest(
            tree: tree, arguments: twin.arguments + files, limits: problem.limits, role: "fix")
        request.wantsChanges = true
        let result = try await tools.executor.run(request)
        let error = String(decoding: result.standardError.suffix(200), as: UTF8.self)
        return (
            result.report.tree, "exit \(result.report.exitCode.map(String.init) ?? "-") \(error)"
        )
    }

    /// Compares `ast.dump` of each file before and after, in the sandbox: both texts are untrusted.
    private func sameSyntax(
        _ paths: [String], _ before: String, _ after: String, _ problem: RepairProblem,
        _ tools: RepairTools
    ) async throws -> Bool {
        let script = """
            import ast, hashlib, sys
            for path in sys.argv[1:]:
                with open(path, 'rb') as file:
                    print(hashlib.sha256(ast.dump(ast.parse(file.read())).encode()).hexdigest())
            """
        var dumps: [[UInt8]] = []
        for tree in [before, after] {
            let result = try await tools.executor.run(
                CommandRequest(
                    tree: tree, arguments: ["python3", "-I", "-c", script] + paths,
                    limits: problem.limits, role: "fix"))
            guard result.report.exitCode == 0 else { return false }
            dumps.append(result.standardOutput)
        }
        return dumps[0] == dumps[1]
    }
}
