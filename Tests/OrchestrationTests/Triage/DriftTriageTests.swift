import Foundation
import RunModel
import TestSupport
import Testing
import Verification

@testable import Orchestration

/// The same commit was green with older packages: real pip, real wheels, no index.
@Suite struct DriftTriageTests {
    private static let maker = """
        import sys, zipfile
        folder = sys.argv[1]
        for name, version, value in [("lib", "1.0", 1), ("lib", "2.0", 2), ("other", "1.0", 1),
                                     ("other", "1.1", 1)]:
            info = f"{name}-{version}.dist-info"
            with zipfile.ZipFile(f"{folder}/{name}-{version}-py3-none-any.whl", "w") as wheel:
                wheel.writestr(f"{name}.py", f"value = {value}\\n")
                wheel.writestr(f"{info}/METADATA",
                               f"Metadata-Version: 2.1\\nName: {name}\\nVersion: {version}\\n")
                wheel.writestr(f"{info}/WHEEL",
                               "Wheel-Version: 1.0\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n")
                wheel.writestr(f"{info}/RECORD", "")

        """

    private static func triage(
        _ directory: String, lock: String
    ) async throws -> TriageReport {
        let git = try GitCommandLine.create(at: directory + "/repository")
        let wheels = git.directory + "/wheels"
        try FileManager.default.createDirectory(
            atPath: wheels, withIntermediateDirectories: true)
        _ = try GitCommandLine.output(of: ["python3", "-c", maker, wheels])
        let commit = try git.commit([
            "requirements.txt": "lib\nother\n",
            "check.py": "import lib, other\nassert lib.value == 1, 'lib has changed'\n",
            "drydock.yaml": """
            version: 1
            setup:
              - run: $(python3 -c "import sys; print(sys.executable)") -m pip install -q --no-index --find-links wheels --target $DRYDOCK_ENV -r requirements.txt
                inputs: [requirements.txt, wheels]
            test: {run: PYTHONPATH=$DRYDOCK_ENV python3 check.py}

            """,
        ])
        var request = TriageRequest(
            repository: git.directory, good: commit, bad: commit, options: TriageOptions())
        request.goodLock = lock
        return try await TriageCoordinator.triage(
            request, host: ExecutionHost(), operatorFiles: OperatorFiles(directory: directory))
    }

    @Test func driftedPackagesAreNamed() async throws {
        try await withTemporaryDirectory { directory in
            let report = try await Self.triage(
                directory, lock: "Successfully installed lib-1.0 other-1.0\n")
            #expect(report.class == .dependencyDrift)
            #expect(report.drift == [.init(name: "lib", good: "1.0", bad: "2.0")])
            #expect(report.culprit == nil)
        }
    }

    /// The versions of then do not help: this is no drift, and the commits are asked.
    @Test func whatOldVersionsDoNotCureIsNoDrift() async throws {
        try await withTemporaryDirectory { directory in
            let report = try await Self.triage(directory, lock: "lib==2.0\nother==1.0\n")
            #expect(report.class == .preExisting)
            #expect(report.drift == [])
        }
    }

    @Test func aLockWithoutPackagesIsRefused() async throws {
        await #expect(throws: PortError.self) {
            try await withTemporaryDirectory { directory in
                try await Self.triage(directory, lock: "nothing\n")
            }
        }
    }
}
