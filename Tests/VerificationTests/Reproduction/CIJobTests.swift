import PolicyFiles
import Testing

@testable import Verification

@Suite struct CIJobTests {
    private static func read(
        _ text: String, job: String, matrix: [String: String] = [:]
    ) throws -> CIJob {
        try CIJob.read(
            PolicyText(name: "ci.yml", bytes: Array(text.utf8)), job: job, matrix: matrix)
    }

    private static let gitHub = """
        name: ci
        on: [push]
        env: {GLOBAL: one}
        jobs:
          test:
            runs-on: ubuntu-latest
            needs: build
            services: {postgres: {image: "postgres:16"}}
            env: {LEVEL: job}
            strategy:
              matrix:
                python: ["3.10", "3.11"]
                os: [ubuntu, macos]
                exclude: [{python: "3.10", os: ubuntu}]
                include: [{python: "3.11", os: ubuntu, extra: "yes"}]
            steps:
              - uses: actions/checkout@v4
              - uses: actions/setup-python@v5
                with: {python-version: "${{ matrix.python }}"}
              - name: Install
                run: echo installing it's on ${{ matrix.os }} with ${{ secrets.TOKEN }}
              - name: Test
                working-directory: sub
                env: {STEP: "${{ env.LEVEL }}-${{ matrix.extra }}"}
                run: |
                  echo first
                  python -m pytest
              - if: failure()
                run: echo after
          other: {runs-on: x, steps: [{run: "true"}]}
        """

    @Test func gitHubStepsBecomeAScript() throws {
        let job = try Self.read(
            Self.gitHub, job: "test", matrix: ["python": "3.11", "os": "ubuntu"])
        #expect(job.environment == ["GLOBAL": "one", "LEVEL": "job"])
        #expect(job.matrix == ["python": "3.11", "os": "ubuntu", "extra": "yes"])
        #expect(job.script.contains("cd 'sub'"))
        #expect(job.script.contains("export STEP='job-yes'"))
        #expect(job.script.contains("echo first\npython -m pytest"))
        #expect(job.script.contains("it'\\''s on ubuntu with "))
        #expect(!job.script.contains("echo after"))
        for part in [
            "setup-python", "secrets.TOKEN", "postgres", "ubuntu-latest", "the job build",
            "failure()",
        ] {
            #expect(job.notCarried.contains { $0.contains(part) }, "\(part)")
        }
        #expect(!job.notCarried.contains { $0.contains("checkout") })
    }

    @Test func theFirstMatrixEntryIsTakenWithoutAWish() throws {
        #expect(
            try Self.read(Self.gitHub, job: "test").matrix == ["python": "3.10", "os": "macos"])
        let error = #expect(throws: ReproError.self) {
            try Self.read(Self.gitHub, job: "test", matrix: ["python": "2.7"])
        }
        #expect(error?.remedy.contains("python=3.11") == true)
    }

    @Test func unknownJobsNameTheKnownOnes() throws {
        let error = #expect(throws: ReproError.self) { try Self.read(Self.gitHub, job: "tset") }
        #expect(error?.remedy.contains("test, other") == true)
    }

    private static let gitLab = """
        include: [{local: /more.yml}]
        variables: {GLOBAL: one, DETAILED: {value: two, description: x}}
        default: {image: "python:3.11", before_script: [echo before]}
        .base: &base
          variables: {FROM: base}
          services: [redis]
        .setup: {script: [echo setup]}
        .extended: {variables: {EXT: "1"}, script: [echo replaced]}
        test:
          <<: *base
          extends: .extended
          parallel: {matrix: [{VERSION: ["1", "2"], ARCH: amd64}]}
          script:
            - !reference [.setup, script]
            - python -m pytest
          rules: [{if: "$CI"}]
        """

    @Test func gitLabJobsAreMerged() throws {
        let job = try Self.read(Self.gitLab, job: "test", matrix: ["VERSION": "2"])
        #expect(job.script.contains("echo before\necho setup\npython -m pytest"))
        #expect(!job.script.contains("replaced"))
        #expect(job.environment["FROM"] == "base")
        #expect(job.environment["EXT"] == "1")
        #expect(job.environment["DETAILED"] == "two")
        #expect(job.environment["VERSION"] == "2")
        #expect(job.image == "python:3.11")
        for part in ["python:3.11", "redis", "/more.yml", "rules"] {
            #expect(job.notCarried.contains { $0.contains(part) }, "\(part)")
        }
    }

    @Test func gitLabCirclesEnd() {
        let extends = "a: {extends: b, script: [x]}\nb: {extends: a}\n"
        #expect(throws: ReproError.self) { try Self.read(extends, job: "a") }
        let references = "a: {script: [!reference [a, script]]}\n"
        #expect(throws: ReproError.self) { try Self.read(references, job: "a") }
    }

    /// Aliases are written out within a bound, and never hashed as keys.
    @Test func aliasBombsAreRefused() {
        var nested = "a0: &a0 [x, x]\n"
        for level in 1..<30 {
            nested += "a\(level): &a\(level) [*a\(level - 1), *a\(level - 1)]\n"
        }
        #expect(throws: PolicyFileError.self) { try Self.read(nested, job: "x") }
        var keys = "a0: &a0 [x]\n"
        for level in 1..<30 {
            keys += "a\(level): &a\(level) {? [*a\(level - 1), *a\(level - 1)] : 1}\n"
        }
        #expect(throws: PolicyFileError.self) { try Self.read(keys, job: "x") }
    }
}
