/// What kind of redness a red build is.
package enum TriageClass: String, Codable, Sendable, CaseIterable {
    case regression
    case dependencyDrift = "dependency_drift"
    case preExisting = "pre_existing"
    case flaky, infrastructure, ambiguous, none
}

/// The document `drydock.triage/v1`.
package struct TriageReport: Codable, Sendable, Equatable {
    package var schema = "drydock.triage/v1"
    package var `class`: TriageClass
    /// What was wrong with the input, or is left to do, with its remedy.
    package var reasons: [CodedReason] = []
    package var tests: [Test]
    package var culprit: Culprit?
    package var causalHunks: [Hunk]
    package var runs: [EvidenceRun]
    /// Packages whose newer versions break the tests, for `dependency_drift`.
    package var drift: [DriftedPackage] = []
    /// How sure the class is of a regression, or the culprit of what made a test flaky: the
    /// probability that it is not chance, from 0 to 1.
    package var confidence: Double?

    package init(
        class: TriageClass, tests: [Test] = [], culprit: Culprit? = nil, causalHunks: [Hunk] = [],
        runs: [EvidenceRun] = []
    ) {
        self.class = `class`
        self.tests = tests
        self.culprit = culprit
        self.causalHunks = causalHunks
        self.runs = runs
    }

    package enum CodingKeys: String, CodingKey {
        case schema, `class`, reasons, tests, culprit
        case causalHunks = "causal_hunks"
        case runs, drift, confidence
    }

    package init(from decoder: any Decoder) throws {
        let values = try decoder.container(keyedBy: CodingKeys.self)
        schema = try values.decode(String.self, forKey: .schema)
        self.class = try values.decode(TriageClass.self, forKey: .class)
        tests = try values.decode([Test].self, forKey: .tests)
        culprit = try values.decodeIfPresent(Culprit.self, forKey: .culprit)
        causalHunks = try values.decode([Hunk].self, forKey: .causalHunks)
        runs = try values.decode([EvidenceRun].self, forKey: .runs)
        // Documents of earlier versions, which stores keep, have no such members.
        reasons = try values.decodeIfPresent([CodedReason].self, forKey: .reasons) ?? []
        drift = try values.decodeIfPresent([DriftedPackage].self, forKey: .drift) ?? []
        confidence = try values.decodeIfPresent(Double.self, forKey: .confidence)
    }

    /// A package as it was resolved when the tests passed, and as it is today.
    package struct DriftedPackage: Codable, Sendable, Equatable {
        package var name: String
        package var good: String
        /// `nil`: not installed today.
        package var bad: String?

        package init(name: String, good: String, bad: String?) {
            self.name = name
            self.good = good
            self.bad = bad
        }
    }

    package struct Test: Codable, Sendable, Equatable {
        package var id: String
        package var `class`: TriageClass
        /// `nil` where it did not run there.
        package var good: Tally?
        package var bad: Tally
        /// What a flaky test depends on, where `--flaky` found it: `order`, `time`, `hash_seed`, ...
        package var decidedBy: String?

        package init(id: String, class: TriageClass, good: Tally?, bad: Tally) {
            self.id = id
            self.class = `class`
            self.good = good
            self.bad = bad
        }

        package enum CodingKeys: String, CodingKey {
            case id, `class`, good, bad
            case decidedBy = "decided_by"
        }
    }

    /// How often a test passed and failed at one revision.
    package struct Tally: Codable, Sendable, Equatable {
        package var passed: Int
        package var failed: Int

        package init(passed: Int = 0, failed: Int = 0) {
            self.passed = passed
            self.failed = failed
        }
    }

    /// The commit that broke it; several candidates where revisions could not be tested.
    package struct Culprit: Codable, Sendable, Equatable {
        package var commit: String?
        package var candidates: [String]

        package init(commit: String?, candidates: [String]) {
            self.commit = commit
            self.candidates = candidates
        }
    }

    /// One hunk of the culprit's difference without whose reversal the test stays red.
    package struct Hunk: Codable, Sendable, Equatable {
        package var path: String
        /// `@@ -a,b +c,d @@`.
        package var header: String
        package var lines: [String]

        package init(path: String, header: String, lines: [String]) {
            self.path = path
            self.header = header
            self.lines = lines
        }
    }
}
