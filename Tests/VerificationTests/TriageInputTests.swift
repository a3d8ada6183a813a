import RunModel
import TestSupport
import Testing

@testable import Verification

/// What is wrong with what a triage is given has a code and a remedy of its own.
@Suite(.serialized) struct TriageInputTests {
    private static let sound = "def add(a, b):\n    return a + b\n"
    private static let wrong = "def add(a, b):\n    return a - b\n"
    private static let hanging = "import time\n\n\ndef add(a, b):\n    time.sleep(60)\n"
    private static let tests =
        "from calc import add\n\n\ndef test_add():\n    assert add(2, 3) == 5\n"

    private static func triage(
        good: String, bad: String, tests: [String]? = nil, repeats: Int = 2,
        files: [String: String] = [:],
        command edit: (inout TestCommand) -> Void = { _ in }
    ) async throws -> TriageReport {
        try await withTemporaryDirectory { directory in
            let project = try PythonProject(at: directory + "/repository")
            let shared = ["tests/test_calc.py": Self.tests, "conftest.py": ""]
                .merging(files) { $1 }.mapValues { Optional($0) }
            let first = try project.git.commit(shared.merging(["calc.py": good]) { $1 })
            let second = try project.git.commit(["calc.py": bad, "notes.txt": "note"])
            var command = PythonProject.command
            edit(&command)
            var options = TriageOptions()
            options.repeats = repeats
            options.tests = tests
            return try await project.triage(
                good: first, bad: second, command: command, options: options)
        }
    }

    private static func expect(
        _ report: TriageReport, _ code: TriageReasonCode, _ class: TriageClass
    ) {
        let reason = report.reasons.first
        #expect(reason?.code == code.rawValue, "\(report.reasons)")
        #expect(reason?.message.contains(code.remedy) == true)
        #expect(report.class == `class`)
    }

    @Test func noTestsFound() async throws {
        let report = try await Self.triage(good: Self.sound, bad: Self.wrong) {
            $0.run = "true"
            $0.select = nil
        }
        Self.expect(report, .noTests, .ambiguous)
    }

    @Test func noReportWritten() async throws {
        let report = try await Self.triage(good: Self.sound, bad: Self.wrong) {
            $0.run = "python3 -m pytest -q -rA -p no:cacheprovider"
            $0.select = nil
        }
        Self.expect(report, .reportMissing, .regression)
    }

    @Test func commandThatHangs() async throws {
        let atBad = try await Self.triage(good: Self.sound, bad: Self.hanging) {
            $0.limits.wallMilliseconds = 8_000
            $0.select = nil
        }
        #expect(atBad.reasons.map(\.code).contains(TriageReasonCode.badTimedOut.rawValue))
        let atGood = try await Self.triage(good: Self.hanging, bad: Self.sound) {
            $0.limits.wallMilliseconds = 4_000
        }
        Self.expect(atGood, .goodTimedOut, .infrastructure)
    }

    @Test func revisionThatDoesNotBuild() async throws {
        let compiles = "python3 -m py_compile calc.py && "
        let atBad = try await Self.triage(good: Self.sound, bad: "def add(a, b:\n") {
            $0.run = compiles + $0.run
            $0.select = $0.select.map { compiles + $0 }
        }
        Self.expect(atBad, .badDoesNotBuild, .regression)
        let atGood = try await Self.triage(good: "def add(a, b:\n", bad: Self.sound) {
            $0.run = compiles + $0.run
        }
        Self.expect(atGood, .goodDoesNotBuild, .none)
    }

    @Test func badThatIsGreen() async throws {
        let report = try await Self.triage(good: Self.sound, bad: Self.sound)
        Self.expect(report, .badIsGreen, .none)
    }

    /// Whoever says that a revision is bad saw it fail: it is asked again, more often where a test is
    /// named.
    @Test(arguments: [(2, false, true), (3, false, false), (3, true, true)])
    func badThatIsGreenAtFirst(failingRun: Int, isNamed: Bool, isFound: Bool) async throws {
        try await withTemporaryDirectory { directory in
            let counter = directory + "/counter"
            let bad = """
                def add(a, b):
                    with open("\(counter)", "a+") as file:
                        file.write("x")
                        file.seek(0)
                        return a + b + (len(file.read()) == \(failingRun))

                """
            let report = try await Self.triage(
                good: Self.sound, bad: bad,
                tests: isNamed ? ["tests/test_calc.py::test_add"] : nil, repeats: 4)
            Self.expect(report, isFound ? .badGreenAtFirst : .badIsGreen, isFound ? .flaky : .none)
            #expect(
                report.reasons.first?.message.hasPrefix("Green in \(failingRun - 1)") == true)
            #expect(report.tests.first?.bad.failed == (isFound ? 1 : nil))
            #expect(report.tests.first?.bad.passed == (isFound ? failingRun - 1 : nil))
        }
    }

    @Test func goodThatIsRed() async throws {
        let report = try await Self.triage(good: Self.wrong, bad: Self.wrong)
        Self.expect(report, .goodIsRed, .preExisting)
    }

    @Test func resultsForOtherTests() async throws {
        let script = """
            cat > $DRYDOCK_REPORTS/junit.xml <<XML
            <testsuite name="s" tests="1" failures="0"><testcase classname="a" \
            name="$(md5sum < calc.py | cut -c1-8)"/></testsuite>
            XML

            """
        let report = try await Self.triage(
            good: Self.sound, bad: Self.wrong, files: ["run.sh": script]
        ) {
            $0.run = "sh run.sh"
            $0.select = nil
            $0.consoleFormat = nil
        }
        Self.expect(report, .otherTests, .none)
    }

    @Test func testsThatDoNotExist() async throws {
        let report = try await Self.triage(
            good: Self.sound, bad: Self.wrong, tests: ["tests/test_calc.py::test_other"])
        Self.expect(report, .testUnknown, .ambiguous)
    }

    @Test func revisionsThatCannotBeTested() async throws {
        try await withTemporaryDirectory { directory in
            let project = try PythonProject(at: directory + "/repository")
            let good = try project.git.commit([
                "calc.py": Self.sound, "tests/test_calc.py": Self.tests,
            ])
            try project.git.commit(["calc.py": "def (\n"])
            let bad = try project.git.commit(["calc.py": Self.wrong])
            let report = try await project.triage(good: good, bad: bad)
            Self.expect(report, .revisionsUntestable, .regression)
        }
    }
}
