import RunModel
import Testing

@testable import Repair

@Suite struct SourceFixerTests {
    @Test func theCulpritsRenameReachesTheCallSiteThatItMissed() async throws {
        try await RepairFixture.with(
            good: [
                "lib.py": "def old_name(a):\n    return a\n",
                "app.py": "import lib\n# old_name is great\nprint(lib.old_name('old_name'))\n",
                "tests/test_app.py": "import lib\nlib.old_name(1)\n",
            ], culprit: ["lib.py": "def new_name(a):\n    return a\n"]
        ) { fixture in
            let log = "AttributeError: module 'lib' has no attribute 'old_name'"
            let answer = try await RenameFixer().propose(
                for: fixture.problem(log: log), using: fixture.tools())
            let proposal = try #require(answer.proposal)
            #expect(try fixture.changed(proposal.tree) == ["app.py"])
            #expect(
                try fixture.text("app.py", in: proposal.tree)
                    == "import lib\n# old_name is great\nprint(lib.new_name('old_name'))\n")
        }
    }

    @Test func aRenameThatTheFailureDoesNotNameIsLeftAlone() async throws {
        try await RepairFixture.with(
            good: ["lib.py": "def old_name(a):\n    return a\n", "app.py": "old_name(1)\n"],
            culprit: ["lib.py": "def new_name(a):\n    return a\n"]
        ) { fixture in
            let answer = try await RenameFixer().propose(
                for: fixture.problem(log: "AssertionError: 1 != 2"), using: fixture.tools())
            #expect(answer.proposal == nil)
        }
    }

    @Test(arguments: [
        ("x = old + older", "x = new + older"), ("s = \"old\" + old", "s = \"old\" + new"),
        ("old() // old", "new() // old"), ("a.old # old", "a.new # old"),
        ("'it\\'s old' old", "'it\\'s old' new"),
        ("f\"old {old(1)} {{old}}\" old", "f\"old {new(1)} {{old}}\" new"),
        ("`old ${old({a: 1})} old`;old", "`old ${new({a: 1})} old`;new"),
        ("\"old \\(old(1)) old\", old", "\"old \\(new(1)) old\", new"),
    ])
    func onlyWholeWordsOfCodeAreRenamed(line: String, expected: String) {
        #expect(Identifiers.replace("old", by: "new", in: line) == expected)
    }

    @Test(arguments: [
        ("func (g *Grid) Set(x int) {", "Set"), ("func New(width int) *Grid {", "New"),
        ("    def total(self):", "total"), ("pub fn depth(&self) -> usize {", "depth"),
    ])
    func namesOfDefinitionsAreFound(line: String, name: String) {
        #expect(RenameDetection.definedName(line) == name)
    }

    @Test func namesThatAreTakenOverAreNotDefined() {
        #expect(RenameDetection.definedName("const { format, parse } = require('./time');") == nil)
        #expect(RenameDetection.definedName("let [first, rest] = list;") == nil)
    }

    @Test func aKeyThatTheCodeStillReadsComesBack() async throws {
        try await RepairFixture.with(
            good: ["config/app.yaml": "port: 8080\nhost: a\n", "app.py": "x\n"],
            culprit: ["config/app.yaml": "port: 9090\nhost: b\n"]
        ) { fixture in
            let answer = try await EnvironmentFixer().propose(
                for: fixture.problem(log: "error: connection refused on port 8080"),
                using: fixture.tools())
            // Both lines are one hunk: git cannot tell them apart, the reviewer can.
            let proposal = try #require(answer.proposal)
            #expect(try fixture.changed(proposal.tree) == ["config/app.yaml"])
        }
    }

    @Test func aKeyThatTheCodeReadsUnderANewNameIsRenamed() async throws {
        try await RepairFixture.with(
            good: [
                "app.py": "url = os.environ['DB_URL']\n", ".env.example": "DB_URL=x\nOTHER=1\n",
            ], culprit: ["app.py": "url = os.environ['DATABASE_URL']\n"]
        ) { fixture in
            let answer = try await EnvironmentFixer().propose(
                for: fixture.problem(log: "KeyError: 'DATABASE_URL'"), using: fixture.tools())
            let proposal = try #require(answer.proposal)
            #expect(
                try fixture.text(".env.example", in: proposal.tree) == "DATABASE_URL=x\nOTHER=1\n")
        }
    }

    @Test func aMovedBaseImageIsPinnedByTheDigestOfTheGoodBuild() async throws {
        let digest = "sha256:" + String(repeating: "ab", count: 32)
        try await RepairFixture.with(
            good: ["Dockerfile": "FROM python:3.12 AS build\nRUN x\n"], culprit: ["a": "b"]
        ) { fixture in
            var problem = try fixture.problem(log: "error: x")
            problem.goodLog =
                "Digest: \(digest)\nStatus: Downloaded newer image for python:3.12\n"
            let answer = try await EnvironmentFixer().propose(for: problem, using: fixture.tools())
            let proposal = try #require(answer.proposal)
            #expect(
                try fixture.text("Dockerfile", in: proposal.tree)
                    == "FROM python:3.12@\(digest) AS build\nRUN x\n")
        }
    }

    @Test func aFormatterThatChangesOnlyNamedFilesIsProposed() async throws {
        try await withTool("gofmt", "shift; for f; do printf 'formatted\\n' > \"$f\"; done") {
            path in
            try await RepairFixture.with(
                good: ["a.go": "formatted\n", "b.go": "ugly\n"], culprit: ["a.go": "ugly\n"]
            ) { fixture in
                let problem = try fixture.problem(log: "a.go", command: "test -z $(gofmt -l .)")
                let tools = fixture.tools(environment: path)
                let proposal = try #require(
                    try await FormatFixer().propose(for: problem, using: tools).proposal)
                #expect(try fixture.changed(proposal.tree) == ["a.go"])
                var again = problem
                again.tree = proposal.tree
                #expect(
                    try await FormatFixer().propose(for: again, using: tools).proposal == nil,
                    "a second run must propose nothing")
            }
        }
    }

    @Test(arguments: [
        ("shift; for f; do echo x >> \"$f\"; done", "rest"),
        ("shift; echo x > stray.go; echo y > \"$1\"", "stray.go"),
    ])
    func aFormatterThatMisbehavesIsNot(script: String, complaint: String) async throws {
        try await withTool("gofmt", script) { path in
            try await RepairFixture.with(good: ["a.go": "1\n"], culprit: ["a.go": "2\n"]) {
                fixture in
                let answer = try await FormatFixer().propose(
                    for: fixture.problem(log: "a.go", command: "gofmt -l ."),
                    using: fixture.tools(environment: path))
                #expect(answer.proposal == nil)
                #expect(answer.reason.contains(complaint))
            }
        }
    }

    @Test func aFormatterThatChangesTheMeaningIsNot() async throws {
        try await withTool("black", "shift; for f; do echo 'x = 2' > \"$f\"; done") { path in
            try await RepairFixture.with(
                good: ["a.py": "x = 1\n"], culprit: ["a.py": "x  =  1\n"]
            ) { fixture in
                let answer = try await FormatFixer().propose(
                    for: fixture.problem(log: "would reformat a.py", command: "black --check ."),
                    using: fixture.tools(environment: path))
                #expect(answer.reason.contains("syntax tree"))
            }
        }
    }

    @Test func aLockThatMovesAStrangerIsRefused() async throws {
        func lock(_ versions: [String: String]) -> String {
            versions.sorted { $0.key < $1.key }.map {
                "[[package]]\nname = \"\($0.key)\"\nversion = \"\($0.value)\"\n"
            }.joined(separator: "\n")
        }
        for (serde, accepted) in [("1.0.0", true), ("1.0.9", false)] {
            let next = lock(["serde": serde, "rand": "0.9.0", "new": "1.0.0"])
            try await withTool("cargo", "cat > Cargo.lock <<'END'\n\(next)END") { path in
                try await RepairFixture.with(
                    good: [
                        "Cargo.toml": "rand = \"0.8\"\nserde = \"1\"\n",
                        "Cargo.lock": lock(["serde": "1.0.0", "rand": "0.8.0"]),
                    ], culprit: ["Cargo.toml": "rand = \"0.9\"\nserde = \"1\"\n"]
                ) { fixture in
                    let answer = try await LockfileFixer().propose(
                        for: fixture.problem(log: "error: Cargo.lock needs to be updated"),
                        using: fixture.tools(environment: path))
                    #expect((answer.proposal != nil) == accepted, "\(answer.reason)")
                    if !accepted { #expect(answer.reason.contains("serde")) }
                }
            }
        }
    }

    @Test func anAgentsWordCountsForNothingItsChangeSetDoes() async throws {
        try await RepairFixture.with(good: ["a": "1\n"], culprit: ["a": "2\n"]) { fixture in
            let liar = AgentFixer(
                path: "liar", program: Array("#!/bin/sh\necho fixed everything\n".utf8))
            #expect(
                try await liar.propose(for: fixture.problem(), using: fixture.tools()).proposal
                    == nil)
            let worker = AgentFixer(
                path: "w",
                program: Array("#!/bin/sh\ngrep -q 'Failing tests' && echo 1 > a; exit 7\n".utf8))
            let answer = try await worker.propose(for: fixture.problem(), using: fixture.tools())
            #expect(try #require(answer.proposal).tree == fixture.goodTree)
        }
    }

    @Test func theCatalogueIsInTheOrderOfTheContract() {
        #expect(
            FixerCatalog.all.map(\.name) == [
                "format", "lockfile", "missing-dependency", "pin", "rename", "environment",
                "partial-revert", "revert", "model",
            ])
        #expect(FixerCatalog.all.allSatisfy { !$0.summary.isEmpty })
    }

    /// Whatever a fixer proposes, asking again with that in its history never gives it again.
    @Test(arguments: FixerCatalog.all.map(\.name))
    func nothingIsProposedTwice(name: String) async throws {
        let fixer = try #require(FixerCatalog.fixer(named: name))
        try await RepairFixture.with(
            good: ["a.py": "def f(x):\n    return x\n", "b.py": "f(1)\n", "c.yaml": "k: 1\n"],
            culprit: ["a.py": "def g(x):\n    return x\n", "c.yaml": "k: 2\n"]
        ) { fixture in
            var history: [TriedProposal] = []
            for _ in 0..<5 {
                let problem = try fixture.problem(
                    log: "NameError: name 'f' is not defined; error k", causal: ["a.py"],
                    history: history)
                guard
                    let proposal = try await fixer.propose(for: problem, using: fixture.tools())
                        .proposal
                else { break }
                #expect(!history.contains { $0.tree == proposal.tree })
                let changed = try fixture.changed(proposal.tree)
                #expect(changed.allSatisfy(problem.scope.permits))
                history.append(TriedProposal(fixer: name, tree: proposal.tree, note: ""))
            }
            #expect(history.count < 5, "it never comes to an end")
        }
    }
}
