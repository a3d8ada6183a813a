import Foundation
import GitWorktrees
import PolicyFiles
import Repair
import RunModel
import RunStore
import TestSupport
import Testing

@testable import Orchestration

/// The loop over the real triage, guardrails and verification, on Python projects that are run for
/// real. Only the sandbox is a plain process here.
@Suite struct HealServiceTests {
    static let library = """
        def total(prices):
            return sum(prices)


        def average(prices):
            return total(prices) / len(prices)


        def label(name):
            return name.title()


        def describe(name, prices):
            return f"{label(name)}: {total(prices)}"

        """
    static let tests = """
        from shop import average, describe, total


        def test_total():
            assert total([1, 2, 3]) == 6


        def test_average():
            assert average([2, 4]) == 3


        def test_describe():
            assert describe("tea", [1, 2]) == "Tea: 3"

        """

    struct Project {
        let directory: String
        let git: GitCommandLine
        let store: Store
        var operatorConfiguration = OperatorConfiguration()
        /// Changes what lies outside of the repository.
        var prepare: @Sendable (inout HealService.Surroundings) -> Void = { _ in }
        var observe: @Sendable (String, HealEvent) async -> Void = { _, _ in }

        func heal(_ change: (inout HealOptions) -> Void = { _ in }) async throws -> HealReport {
            var options = HealOptions(repository: git.directory)
            options.triageRepeats = 2
            options.verificationRepeats = 2
            change(&options)
            // Drydock and the plain executor's git see one object store.
            let objects = git.directory + "/.git/objects"
            try FileManager.default.setAttributes(
                [.posixPermissions: 0o700], ofItemAtPath: objects)
            let repository = try GitRepository(at: git.directory, quarantine: objects)
            var surroundings = HealService.Surroundings(
                store: store, operatorConfiguration: operatorConfiguration,
                forgeDirectory: directory + "/forge", executor: { _ in PlainExecutor(git) })
            prepare(&surroundings)
            return try await HealService(
                options: options, repository: repository, surroundings: surroundings,
                observe: observe
            ).heal()
        }

        func files(_ folder: String) -> [String] {
            (try? FileManager.default.contentsOfDirectory(atPath: "\(directory)/forge/\(folder)"))
                ?? []
        }
    }

    static func withProject(
        _ commits: [[String: String?]], _ body: (Project) async throws -> Void
    ) async throws {
        try await withTemporaryDirectory { directory in
            let git = try GitCommandLine.create(at: directory + "/repository")
            for (number, files) in commits.enumerated() {
                try git.commit(files, message: "commit \(number)")
            }
            try await body(
                Project(
                    directory: directory, git: git,
                    store: Store(path: directory + "/store.sqlite")))
        }
    }

    @Test func aPythonRegressionEndsInAVerifiedPullRequest() async throws {
        let culprit = Self.library
            .replacing("return sum(prices)", with: "return sum(prices[1:])")
            .replacing("return name.title()", with: "return name.capitalize()")
        try await Self.withProject([
            ["shop.py": Self.library, "tests/test_shop.py": Self.tests, "conftest.py": ""],
            ["README": "more\n"], ["shop.py": culprit], ["README": "even more\n"],
        ]) { project in
            let report = try await project.heal()
            let story = "\(report.escalation?.reason ?? "") \(report.attempts)"
            #expect(report.outcome == .pullRequest, "\(story)")
            #expect(report.triage?.class == .regression)
            let guilty = try project.git.text(["rev-parse", "HEAD~1"])
            #expect(report.triage?.culprit?.commit == guilty)
            #expect(report.attempts.last?.fixer == "partial-revert")
            let pull = try #require(report.pullRequest)
            let bare = GitCommandLine(directory: project.directory + "/forge/repository.git")
            let text = try bare.text(["show", "\(pull.branch):shop.py"])
            #expect(text.contains("return sum(prices)\n"))
            #expect(text.contains("capitalize"), "the culprit's other hunk must stay")
            let body = try String(
                contentsOfFile: "\(project.directory)/forge/pulls/\(project.files("pulls")[0])",
                encoding: .utf8)
            #expect(body.contains("test\\_total"))
            #expect(body.contains("state: draft"))
            // The user's repository got no branch.
            let branches = try project.git.text(["branch", "--list", "drydock/*"])
            #expect(branches.isEmpty)
        }
    }

    @Test func anUnknownFixerIsRefusedBeforeAnythingRuns() async throws {
        try await Self.withProject([
            [
                "shop.py": Self.library,
                "tests/test_shop.py": Self.tests.replacing("== 6", with: "== 7"),
                "conftest.py": "",
            ]
        ]) { project in
            let error = await #expect(throws: PortError.self) {
                try await project.heal { $0.fixers = ["partial-revrt"] }
            }
            #expect(error?.description.contains("Did you mean partial-revert?") == true)
            let incidents = try await project.store.incidents()
            #expect(incidents.isEmpty)
        }
    }

    /// Triage and verification run in sandboxes too: the budget holds for them.
    @Test func sandboxTimeIsCountedWhoeverAsksForIt() async throws {
        let culprit = Self.library.replacing("sum(prices)", with: "sum(prices[1:])")
        let commits: [[String: String?]] = [
            ["shop.py": Self.library, "tests/test_shop.py": Self.tests, "conftest.py": ""],
            ["shop.py": culprit],
        ]
        try await Self.withProject(commits) { project in
            let report = try await project.heal {
                $0.good = "HEAD~1"
                $0.budget = HealBudget()
                $0.budget?.sandboxMilliseconds = 300
            }
            #expect(report.outcome == .escalated && project.files("pulls").isEmpty)
            #expect(report.escalation?.reason.contains("sandbox time") == true)
            #expect(report.budget.sandboxMilliseconds.used > 0)
        }
        try await Self.withProject(commits) { project in
            let report = try await project.heal { $0.good = "HEAD~1" }
            #expect(report.outcome == .pullRequest)
            let (sandbox, wall) = (
                report.budget.sandboxMilliseconds, report.budget.wallMilliseconds
            )
            #expect(sandbox.used < wall.used && sandbox.used > 300)
        }
    }

    @Test func whatAlwaysFailedIsLeftAlone() async throws {
        let broken = Self.library.replacing("sum(prices)", with: "sum(prices[1:])")
        try await Self.withProject([
            ["shop.py": broken, "tests/test_shop.py": Self.tests, "conftest.py": ""],
            ["README": "more\n"],
        ]) { project in
            let report = try await project.heal { $0.good = "HEAD~1" }
            #expect(report.outcome == .skipped)
            #expect(report.triage?.class == .preExisting)
        }
    }

    @Test func aGreenProjectHasNothingToHeal() async throws {
        try await Self.withProject([
            ["shop.py": Self.library, "tests/test_shop.py": Self.tests, "conftest.py": ""]
        ]) { project in
            let report = try await project.heal()
            #expect(report.outcome == .nothingToHeal)
            let incidents = try await project.store.incidents()
            #expect(incidents.isEmpty)
        }
    }

    /// What the culprit's other lines need of the guilty ones goes back with them, and no more: it
    /// was seen in what the first attempt broke.
    @Test func aPartialRevertTakesAlongWhatDependsOnIt() async throws {
        let filler = (1...12).map { "# \($0)\n" }.joined()
        let calc = "def price(x):\n    return x * 2\n"
        let shop = """
            from calc import price
            \(filler)
            def total(items):
                return sum(price(item) for item in items)
            \(filler)
            def name(text):
                return text.title()

            """
        let tests = """
            from calc import price
            from shop import total

            def test_price():
                assert price(1) == 2

            def test_total():
                assert total([1, 2]) == 6

            """
        try await Self.withProject([
            ["calc.py": calc, "shop.py": shop, "tests/test_shop.py": tests, "conftest.py": ""],
            [
                "calc.py": "def price(x, tax=1):\n    return x * 2 + tax\n",
                "shop.py": shop.replacing("price(item)", with: "price(item, tax=0)")
                    .replacing("text.title()", with: "text.capitalize()"),
            ],
        ]) { project in
            let report = try await project.heal { $0.fixers = ["partial-revert", "revert"] }
            let story = "\(report.escalation?.reason ?? "") \(report.attempts)"
            #expect(report.outcome == .pullRequest, "\(story)")
            #expect(
                report.attempts.map(\.fixer) == ["partial-revert", "partial-revert"], "\(story)")
            #expect(report.attempts.map(\.verify) == [.rejected, .verified], "\(story)")
            let pull = try #require(report.pullRequest)
            let bare = GitCommandLine(directory: project.directory + "/forge/repository.git")
            let text = try bare.text(["show", "\(pull.branch):shop.py"])
            #expect(text.contains("price(item) for") && text.contains("text.capitalize()"))
            #expect(try bare.text(["show", "\(pull.branch):calc.py"]) + "\n" == calc)
        }
    }

    @Test func anAgentThatDeletesTheTestIsBlockedAndEscalated() async throws {
        let culprit = Self.library.replacing("sum(prices)", with: "sum(prices[1:])")
        try await Self.withProject([
            ["shop.py": Self.library, "tests/test_shop.py": Self.tests, "conftest.py": ""],
            ["shop.py": culprit],
        ]) { project in
            let report = try await project.heal {
                $0.fixers = ["command:cheat"]
                $0.agents = [
                    ExternalAgent(
                        command: "cheat", program: Array("#!/bin/sh\nrm tests/test_shop.py\n".utf8))
                ]
            }
            #expect(report.outcome == .escalated)
            #expect(report.attempts.first?.gate == .block)
            #expect(project.files("pulls").isEmpty)
            #expect(project.files("issues").count == 1)
        }
    }

    @Test func resultFilesNameWhatIsRed() throws {
        func junit(_ failed: Bool) -> ReportFile {
            let body = failed ? "<failure message=\"m\"/>" : ""
            return ReportFile(
                name: "junit.xml",
                content: Array(
                    """
                    <testsuite name="s" tests="2" failures="\(failed ? 1 : 0)" errors="0">
                    <testcase classname="c" name="a">\(body)</testcase>
                    <testcase classname="c" name="b"/></testsuite>
                    """.utf8))
        }
        let red = try Detector.compare(results: junit(true), baseline: junit(false), threshold: nil)
        #expect(red.isRed && red.tests.count == 1)
        let same = try Detector.compare(results: junit(true), baseline: junit(true), threshold: nil)
        #expect(!same.isRed)
    }

    @Test(arguments: [
        (#"{"workflow_run":{"conclusion":"failure","head_sha":"SHA"}}"#, true),
        (#"{"workflow_run":{"conclusion":"success","head_sha":"SHA"}}"#, false),
        (#"{"check_suite":{"conclusion":"timed_out","head_sha":"SHA"}}"#, true),
        (#"{"deployment_status":{"state":"error"},"deployment":{"sha":"SHA"}}"#, true),
        (#"{"deployment_status":{"state":"success"},"deployment":{"sha":"SHA"}}"#, false),
    ])
    func eventsSayWhatIsRed(text: String, isRed: Bool) throws {
        let commit = String(repeating: "ab", count: 20)
        let event = try CIEvent(json: Array(text.replacing("SHA", with: commit).utf8))
        #expect(event.isRed == isRed)
        #expect(event.commit == commit)
    }

    @Test(arguments: [
        "{}", "not json", #"{"workflow_run":{"conclusion":"failure"}}"#,
        #"{"workflow_run":{"conclusion":"failure","head_sha":"--upload-pack=x"}}"#, "[]",
    ])
    func otherEventsAreRefused(text: String) {
        #expect(throws: CIEventError.self) { try CIEvent(json: Array(text.utf8)) }
    }
}
