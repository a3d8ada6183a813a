import RunModel
import Testing

@testable import Verification

/// What is wrong with the command, the revisions or the results has a code and a remedy of its own.
@Suite(.serialized) struct BadInputTests {
    private static let base = [
        "calc.py": "def add(a, b):\n    return a - b\n",
        "tests/test_calc.py":
            "from calc import add\n\n\ndef test_add():\n    assert add(2, 3) == 5\n",
        "conftest.py": "",
        "run.sh": """
        cat > $DRYDOCK_REPORTS/junit.xml <<XML
        <testsuite name="s" tests="1" failures="1"><testcase classname="a" name="b"><failure \
        message="m"/></testcase></testsuite>
        XML
        exit 1

        """,
    ]
    private static let fixed = "def add(a, b):\n    return a + b\n"

    private static func reasons(
        change: [String: String?], base changedBase: [String: String] = [:],
        command edit: (inout TestCommand) -> Void = { _ in }
    ) async throws -> VerificationReport {
        var command = PythonProject.command
        edit(&command)
        let project = CheatProject(
            runner: "pytest", files: base.merging(changedBase) { $1 }, good: [:],
            command: command)
        return try await CheatCase(name: "", project: project, change: change).verify()
    }

    private static func expect(
        _ report: VerificationReport, _ code: ReasonCode, _ verdict: VerificationVerdict
    ) {
        #expect(report.reasons.first?.code == code.rawValue, "\(report.reasons)")
        #expect(report.reasons.first?.message.contains(code.remedy) == true)
        #expect(report.verdict == verdict)
    }

    @Test func noTestsFound() async throws {
        let report = try await Self.reasons(change: ["calc.py": Self.fixed]) {
            $0.run = "true"
            $0.select = nil
        }
        Self.expect(report, .noTests, .rejected)
    }

    @Test func noReportWritten() async throws {
        let report = try await Self.reasons(change: ["calc.py": Self.fixed]) {
            $0.run = "python3 -m pytest -q -p no:cacheprovider"
            $0.select = nil
        }
        Self.expect(report, .reportMissing, .rejected)
    }

    @Test func commandThatHangs() async throws {
        let hanging = "import time\n\n\ndef add(a, b):\n    time.sleep(60)\n    return a + b\n"
        let onHead = try await Self.reasons(change: ["calc.py": hanging]) {
            $0.limits.wallMilliseconds = 8_000
        }
        Self.expect(onHead, .headTimedOut, .rejected)
        let onBase = try await Self.reasons(
            change: ["calc.py": Self.fixed], base: ["calc.py": hanging]
        ) { $0.limits.wallMilliseconds = 2_000 }
        Self.expect(onBase, .baseTimedOut, .inconclusive)
    }

    @Test func revisionThatDoesNotBuild() async throws {
        let report = try await Self.reasons(change: ["calc.py": "def add(a, b:\n"]) {
            $0.run = "python3 -m py_compile calc.py && " + $0.run
        }
        Self.expect(report, .headDoesNotBuild, .rejected)
    }

    @Test func baseThatIsGreen() async throws {
        let report = try await Self.reasons(
            change: ["calc.py": Self.fixed + "\n"], base: ["calc.py": Self.fixed])
        Self.expect(report, .baseIsGreen, .inconclusive)
    }

    @Test func resultsForOtherTests() async throws {
        let other = Self.base["run.sh", default: ""].replacing("name=\"b\"", with: "name=\"c\"")
            .replacing("<failure message=\"m\"/>", with: "")
            .replacing("failures=\"1\"", with: "failures=\"0\"")
            .replacing("exit 1", with: "exit 0")
        let report = try await Self.reasons(change: ["run.sh": other]) {
            $0.run = "sh run.sh"
            $0.select = nil
            $0.consoleFormat = nil
        }
        Self.expect(report, .otherTests, .rejected)
    }
}
