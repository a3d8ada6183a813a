import RunModel
import Testing

@testable import Repair

@Suite struct DependencyFixerTests {
    @Test func theRequirementThatTheCulpritRemovedComesBack() async throws {
        try await RepairFixture.with(
            good: [
                "requirements.txt": "six>=1.16\nPyYAML>=6  # config\n", "app.py": "import yaml\n",
            ],
            culprit: ["requirements.txt": "six>=1.16\n"]
        ) { fixture in
            let answer = try await MissingDependencyFixer().propose(
                for: fixture.problem(log: "E   ModuleNotFoundError: No module named 'yaml'"),
                using: fixture.tools())
            let proposal = try #require(answer.proposal)
            #expect(proposal.tree == fixture.goodTree)
            #expect(proposal.newDependencies.isEmpty)
        }
    }

    @Test func aSiblingManifestLendsItsRequirementAndAHumanIsAsked() async throws {
        try await RepairFixture.with(
            good: ["requirements.txt": "six\n", "requirements-dev.txt": "pyyaml==6.0.1\n"],
            culprit: ["app.py": "import yaml\n"]
        ) { fixture in
            let answer = try await MissingDependencyFixer().propose(
                for: fixture.problem(log: "ModuleNotFoundError: No module named 'yaml'"),
                using: fixture.tools())
            let proposal = try #require(answer.proposal)
            #expect(
                try fixture.text("requirements.txt", in: proposal.tree) == "six\npyyaml==6.0.1\n")
            #expect(proposal.newDependencies == ["pyyaml==6.0.1"])
        }
    }

    @Test(arguments: ["reqeusts", "totally_unknown", "app"])
    func aNameIsNeverGuessed(module: String) async throws {
        try await RepairFixture.with(
            good: ["requirements.txt": "six\n", "app.py": ""], culprit: ["b.py": ""]
        ) { fixture in
            let answer = try await MissingDependencyFixer().propose(
                for: fixture.problem(log: "ModuleNotFoundError: No module named '\(module)'"),
                using: fixture.tools())
            #expect(answer.proposal == nil)
        }
    }

    @Test func resolutionsAreReadFromLogsAndFreezes() {
        let log = """
            Collecting click
            Successfully installed Flask-Login-0.6.3 click-8.1.0 zope.interface-6.0
            other==2.0 ; python_version > "3"
            # comment==1
            """
        #expect(
            ResolvedPackage.read(log) == [
                ResolvedPackage(name: "click", version: "8.1.0"),
                ResolvedPackage(name: "flask-login", version: "0.6.3"),
                ResolvedPackage(name: "other", version: "2.0"),
                ResolvedPackage(name: "zope-interface", version: "6.0"),
            ])
    }

    @Test func versionsAreOrderedAsPEP440Says() {
        let ordered = [
            "0.9", "1.0.dev1", "1.0a1", "1.0b2", "1.0rc1", "1.0", "1.0.post1", "1.0.1", "1.2",
            "1.10", "2024.1", "1!0.1",
        ]
        let versions = ordered.compactMap { PythonVersion($0) }
        #expect(versions.count == ordered.count)
        #expect(versions.shuffled().sorted().map(\.description) == ordered)
        #expect(PythonVersion("1.0") == PythonVersion("1.0.0"))
        #expect(PythonVersion("not a version") == nil)
    }

    @Test(arguments: [
        ("click>=7", "click>=7,<8.1.0"), ("click", "click<8.1.0"),
        ("click[x]>=7 ; python_version > \"3\"", "click[x]>=7,<8.1.0 ; python_version > \"3\""),
        ("click  # why", "click<8.1.0  # why"), ("click\r", "click<8.1.0\r"),
    ])
    func aBoundJoinsWhatIsThere(line: String, expected: String) throws {
        #expect(try #require(Requirement(line)).constrained(by: "<8.1.0") == expected)
    }

    @Test(arguments: [
        "-r other.txt", "# click", "", "https://example.org/x.whl", "--hash=sha256:a",
    ])
    func whatIsNoRequirementIsLeftAlone(line: String) {
        #expect(Requirement(line) == nil)
    }

    /// A package "breaks" from 2.0 on; the probe is a real process that reads the constraints.
    @Test func theFirstBadReleaseIsFoundAndKeptOut() async throws {
        let test = "! grep -qE '^culprit==([2-9])' .drydock/constraints.txt"
        try await RepairFixture.with(
            good: ["requirements.txt": "bystander\nculprit>=1\n"], culprit: ["a": "b"], test: test
        ) { fixture in
            try await withFakeIndex("2.1, 2.0, 1.9, 1.5, 1.0") { environment in
                var problem = try fixture.problem(class: .dependencyDrift)
                problem.goodResolution = ResolvedPackage.read("bystander==1\nculprit==1.0\nc==1\n")
                problem.badResolution = ResolvedPackage.read("bystander==3\nculprit==2.1\nc==1\n")
                let answer = try await PinFixer().propose(
                    for: problem, using: fixture.tools(environment: environment))
                let proposal = try #require(answer.proposal, "\(answer.reason)")
                #expect(
                    try fixture.text("requirements.txt", in: proposal.tree)
                        == "bystander\nculprit>=1,<2.0\n")
                #expect(proposal.kind == .pin)
                #expect(proposal.explanation.contains("culprit"))
            }
        }
    }

    @Test func aSearchWhoseEndsDoNotHoldProposesNothing() async throws {
        try await RepairFixture.with(
            good: ["requirements.txt": "culprit\n"], culprit: ["a": "b"], test: "false"
        ) { fixture in
            var problem = try fixture.problem(class: .dependencyDrift)
            problem.goodResolution = ResolvedPackage.read("culprit==1.0\n")
            problem.badResolution = ResolvedPackage.read("culprit==2.0\n")
            let answer = try await PinFixer().propose(for: problem, using: fixture.tools())
            #expect(answer.reason.contains("last good versions"))
        }
    }

    @Test func packagesThatBreakOnlyTogetherAreForAHuman() async throws {
        let test =
            "! (grep -q a==2 .drydock/constraints.txt && grep -q b==2 .drydock/constraints.txt)"
        try await RepairFixture.with(
            good: ["requirements.txt": "a\nb\n"], culprit: ["x": "y"], test: test
        ) { fixture in
            var problem = try fixture.problem(class: .dependencyDrift)
            problem.goodResolution = ResolvedPackage.read("a==1\nb==1\nc==1\n")
            problem.badResolution = ResolvedPackage.read("a==2\nb==2\nc==2\n")
            let answer = try await PinFixer().propose(for: problem, using: fixture.tools())
            #expect(answer.reason.contains("a, b"))
        }
    }
}
