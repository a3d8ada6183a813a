import JSONText
import Repair
import RunModel
import TestSupport
import Testing

@Suite struct ToolTests {
    private static func with(
        _ files: [String: String], _ body: (RepairWorkspace, RepairFixture) async throws -> Void
    ) async throws {
        try await RepairFixture.with(good: files, culprit: ["x": "1"]) { fixture in
            try await body(
                RepairWorkspace(problem: fixture.problem(), tools: fixture.tools()), fixture)
        }
    }

    private static func perform(
        _ name: String, _ arguments: JSONValue, _ workspace: RepairWorkspace
    ) async throws -> String {
        let tool = try #require(ToolCatalog.tool(named: name))
        return try await tool.perform(arguments, in: workspace)
    }

    @Test func schemasArePortable() throws {
        for tool in ToolCatalog.all {
            let schema = try JSONSchema(parsing: tool.schema)
            let properties = schema.value["properties"]?.members?.map(\.name) ?? []
            let required = schema.value["required"]?.arrayValue?.compactMap(\.stringValue) ?? []
            #expect(Set(properties) == Set(required), "\(tool.name)")
            #expect(schema.value["additionalProperties"] == false, "\(tool.name)")
            #expect(!tool.description.isEmpty)
        }
        #expect(Set(ToolCatalog.all.map(\.name)).count == ToolCatalog.all.count)
    }

    @Test func patchesApplyWhereTheirTextStands() async throws {
        let text = (1...20).map { "line \($0)" }.joined(separator: "\n") + "\n"
        try await Self.with(["a.txt": text, "b.txt": "b\n"]) { workspace, fixture in
            let patch = """
                --- a/a.txt
                +++ b/a.txt
                @@ -3,3 +3,3 @@
                 line 9
                -line 10
                +LINE 10
                 line 11
                --- /dev/null
                +++ b/new/c.txt
                @@ -0,0 +1,2 @@
                +one
                +two
                --- a/b.txt
                +++ /dev/null
                @@ -1 +0,0 @@
                -b

                """
            _ = try await Self.perform("apply_patch", ["patch": .string(patch)], workspace)
            let tree = await workspace.tree
            #expect(
                try fixture.text("a.txt", in: tree)
                    == text.replacing("line 10\n", with: "LINE 10\n"))
            #expect(try fixture.changed(tree) == ["a.txt", "b.txt", "new/c.txt"])
            let bad = patch.replacing("line 9", with: "line nine")
            await #expect(throws: ToolRefusal.self) {
                try await Self.perform("apply_patch", ["patch": .string(bad)], workspace)
            }
            #expect(await workspace.tree == tree, "all of it or none")
        }
    }

    @Test(arguments: [
        "tests/t.py", "../x", "/etc/passwd", "a/../b", ".git/config", "a/.GIT/hooks/x", "", "a//b",
        "key.pem", "a\u{0}b",
    ]) func somePathsAreNeverWritten(path: String) async throws {
        try await Self.with(["tests/t.py": "x"]) { workspace, _ in
            await #expect(throws: ToolRefusal.self) {
                try await Self.perform(
                    "edit", ["path": .string(path), "old_text": "", "new_text": "x"], workspace)
            }
            #expect(await workspace.tree == workspace.problem.tree)
        }
    }

    @Test func editsAreUnambiguous() async throws {
        try await Self.with(["a.py": "x = 1\nx = 1\ny = 2\n"]) { workspace, fixture in
            func edit(_ old: String, _ new: String) async throws -> String {
                try await Self.perform(
                    "edit", ["path": "a.py", "old_text": .string(old), "new_text": .string(new)],
                    workspace)
            }
            await #expect(throws: ToolRefusal.self) { try await edit("x = 1", "x = 3") }
            await #expect(throws: ToolRefusal.self) { try await edit("z", "x") }
            await #expect(throws: ToolRefusal.self) { try await edit("y = 2", "y = 2") }
            _ = try await edit("x = 1\ny", "x = 5\ny")
            #expect(try fixture.text("a.py", in: await workspace.tree) == "x = 1\nx = 5\ny = 2\n")
        }
    }

    @Test func commandsSeeTheChangesAndLeaveNone() async throws {
        try await Self.with(["a.py": "x = 1\n"]) { workspace, _ in
            _ = try await Self.perform(
                "edit", ["path": "a.py", "old_text": "1", "new_text": "7"], workspace)
            let tree = await workspace.tree
            let output = try await Self.perform(
                "run", ["command": "cat a.py; echo hidden > b; exit 3"], workspace)
            #expect(output.hasPrefix("exit 3\n") && output.contains("x = 7"))
            #expect(await workspace.tree == tree)
        }
    }

    /// What the image does not have is said before it is used.
    @Test func documentationAnswersFromWhatIsInstalled() async throws {
        try await Self.with(["shop.py": "def total(prices, *, tax=0):\n    \"\"\"Sums.\"\"\"\n"]) {
            workspace, _ in
            func ask(_ kind: String, _ name: String) async throws -> String {
                try await Self.perform(
                    "documentation", ["kind": .string(kind), "name": .string(name)], workspace)
            }
            let questions = [
                ("python", "json.dumps", "ensure_ascii"),
                ("python", "json.dump_all", "does not exist"),
                ("python", "shop.total", "(prices, *, tax=0)"),
                ("python", "no_such_module_x", "does not exist"),
                ("command", "git", "--version"),
                ("command", "no-such-command", "does not exist"),
            ]
            for (kind, name, wanted) in questions {
                let told = try await ask(kind, name)
                #expect(told.contains(wanted), "\(name)")
            }
            for bad in ["json; rm -rf /", "-c", "$(id)", "a b", "../x"] {
                await #expect(throws: ToolRefusal.self) { try await ask("python", bad) }
            }
        }
    }

    @Test func searchAndListKeepToTheTree() async throws {
        try await Self.with(["a/b.py": "needle = 1\n", "c.txt": "needle\n", ".env": "needle"]) {
            workspace, _ in
            let all = try await Self.perform("search", ["text": "needle", "paths": nil], workspace)
            #expect(all.contains("a/b.py:1: needle = 1") && !all.contains(".env"))
            let some = try await Self.perform(
                "search", ["text": "needle", "paths": "a/**"], workspace)
            #expect(some == "a/b.py:1: needle = 1")
            let listed = try await Self.perform("list", ["paths": "*.txt"], workspace)
            #expect(listed == "c.txt")
        }
    }

    @Test func specialistsAreChosenByWhatFailed() throws {
        func route(
            _ log: String = "", class triageClass: TriageClass = .regression,
            paths: [String] = ["src/a.py"], tests: [String] = ["t"]
        ) -> ModelRole {
            let problem = RepairProblem(
                tree: "t", triage: TriageReport(class: triageClass), failingTests: tests, log: log)
            return Supervisor.specialist(for: problem, culpritPaths: paths)
        }
        #expect(route() == .fixer)
        #expect(route(class: .dependencyDrift) == .dependencies)
        #expect(route("ModuleNotFoundError: No module named 'x'") == .dependencies)
        #expect(route("AttributeError: 'A' object has no attribute 'b'") == .apiRefactoring)
        #expect(route(paths: ["deploy/app.yaml", "Dockerfile"]) == .infrastructure)
        #expect(route(tests: ["health:payments"]) == .infrastructure)
        #expect(route(paths: ["config/payments.yaml"]) == .environment)
    }
}
