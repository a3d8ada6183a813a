import RunModel
import Testing

@testable import Verification

/// Projects that are run in a folder of their repository, and tests that are named by their module.
@Suite(.serialized) struct ProjectFolderTests {
    private static let broken = "def add(a, b):\n    return a - b\n"
    private static let sound = "def add(a, b):\n    return a + b\n"
    private static let test =
        "from calc import add\n\n\ndef test_add():\n    assert add(2, 3) == 5\n"

    /// Ids begin in the folder, the tree's paths at the root: canaries and copies stand in the former.
    @Test func canariesStandInTheProjectsFolder() async throws {
        let folder = "services/tea"
        var command = PythonProject.command
        command.workingDirectory = folder
        command.paths = PathPatterns(["\(folder)/test_*.py"])
        let project = CheatProject(
            runner: "pytest",
            files: [
                "\(folder)/calc.py": Self.broken, "\(folder)/test_calc.py": Self.test,
                "services/milk/test_milk.py": "def test_milk():\n    assert True\n",
            ], good: ["\(folder)/calc.py": Self.sound], command: command)
        let honest = CheatCase(
            name: "", project: project, change: ["\(folder)/calc.py": Self.sound])
        let report = try await honest.verify()
        #expect(report.verdict == .verified, "\(report.reasons)")
        #expect(report.tests.fixed == ["test_calc.py::test_add"])
        #expect((report.canaries?.planted ?? 0) > 0)
        #expect(report.canaries?.planted == report.canaries?.failed)

        let equal =
            "class Any:\n    def __eq__(self, other):\n        return True\n\n\n"
            + "def add(a, b):\n    return Any()\n"
        let cheat = CheatCase(name: "", project: project, change: ["\(folder)/calc.py": equal])
        let caught = try await cheat.verify()
        #expect(caught.verdict == .rejected)
        #expect(caught.reasons.contains { $0.code == ReasonCode.copyChangedPassed.rawValue })
    }

    /// What could not be collected is known by its module's name only, as after a release that broke
    /// an import.
    @Test func aNamedModuleMeansItsTests() async throws {
        let project = CheatProject(
            runner: "pytest",
            files: [
                "calc.py": "def sum_of(a, b):\n    return a + b\n",
                "tests/test_calc.py": Self.test, "conftest.py": "",
            ], good: ["calc.py": Self.sound], command: PythonProject.command)
        let fixed = try await CheatCase(
            name: "", project: project, change: ["calc.py": Self.sound]
        ).verify(tests: ["tests/test_calc.py"])
        #expect(fixed.verdict == .verified, "\(fixed.reasons)")
        #expect(fixed.tests.fixed == ["tests/test_calc.py::test_add"])
        let unfixed = try await CheatCase(
            name: "", project: project, change: ["calc.py": "def sum_of(a, b):\n    return 5\n"]
        ).verify(tests: ["tests/test_calc.py"])
        #expect(unfixed.verdict == .rejected)
    }
}
