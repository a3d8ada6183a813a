/// The verifier's answer.
package enum VerificationVerdict: String, Codable, Sendable, CaseIterable {
    case verified, rejected, inconclusive
}

/// The document `drydock.verify/v1`.
package struct VerificationReport: Codable, Sendable, Equatable {
    package var schema = "drydock.verify/v1"
    package var verdict: VerificationVerdict
    package var reasons: [CodedReason]
    package var tree: String
    package var tests: Tests
    /// `nil` where none were run.
    package var canaries: Canaries?
    package var channels: Channels
    package var runs: [EvidenceRun]
    /// Where the signed attestation was written, or its digest; `nil` when there is none.
    package var attestation: String?
    /// How sure it is that the fixed tests did not fail and pass by chance, from 0 to 1, whatever
    /// the rate at which they would; only of what is verified.
    package var confidence: Double?

    package init(
        verdict: VerificationVerdict, reasons: [CodedReason], tree: String, tests: Tests = Tests(),
        canaries: Canaries? = nil, channels: Channels = Channels(), runs: [EvidenceRun] = [],
        attestation: String? = nil
    ) {
        self.verdict = verdict
        self.reasons = reasons
        self.tree = tree
        self.tests = tests
        self.canaries = canaries
        self.channels = channels
        self.runs = runs
        self.attestation = attestation
    }

    /// Test ids by what became of them.
    package struct Tests: Codable, Sendable, Equatable {
        package var fixed: [String] = []
        package var stillFailing: [String] = []
        package var broken: [String] = []
        package var missing: [String] = []
        package var skipped: [String] = []
        package var flaky: [String] = []
        package var preExisting: [String] = []

        package init() {}

        package enum CodingKeys: String, CodingKey {
            case fixed
            case stillFailing = "still_failing"
            case broken, missing, skipped, flaky
            case preExisting = "pre_existing"
        }
    }

    /// Tests that had to fail, and did or did not.
    package struct Canaries: Codable, Sendable, Equatable {
        package var planted = 0
        package var failed = 0
        /// Whether the runner has canary templates at all.
        package var supported = true

        package init(planted: Int = 0) { self.planted = planted }
    }

    /// Whether exit code, console and report file told the same.
    package struct Channels: Codable, Sendable, Equatable {
        package var agree = false
        package var exitCode: Int32?
        package var console: String?
        package var report: String?

        package init() {}

        package enum CodingKeys: String, CodingKey {
            case agree
            case exitCode = "exit_code"
            case console, report
        }
    }
}

/// One recorded execution of a test command, as evidence.
package struct EvidenceRun: Codable, Sendable, Equatable {
    /// `control`, `plain`, `canary`, `repeat`, `renamed`, `bisect`, ...
    package var role: String
    package var tree: String
    package var outcome: RunOutcome
    package var exitCode: Int32?
    package var passed: Int
    package var failed: Int
    package var skipped: Int
    package var wallMilliseconds: Double

    package init(
        role: String, tree: String, outcome: RunOutcome, exitCode: Int32?, passed: Int, failed: Int,
        skipped: Int, wallMilliseconds: Double
    ) {
        self.role = role
        self.tree = tree
        self.outcome = outcome
        self.exitCode = exitCode
        self.passed = passed
        self.failed = failed
        self.skipped = skipped
        self.wallMilliseconds = wallMilliseconds
    }

    package enum CodingKeys: String, CodingKey {
        case role, tree, outcome
        case exitCode = "exit_code"
        case passed, failed, skipped
        case wallMilliseconds = "wall_ms"
    }
}
