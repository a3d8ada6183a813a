internal import RunModel

/// What one verification knows so far. Every step adds to it; the verdict follows from the reasons.
struct VerificationState: Sendable {
    let request: VerificationRequest
    private(set) var reasons: [CodedReason] = []
    private var codes: Set<ReasonCode> = []
    var runs: [EvidenceRun] = []
    var tests = VerificationReport.Tests()
    var canaries: VerificationReport.Canaries?
    var channels = VerificationReport.Channels()
    var pristine: PristineTree?
    var toolchainDigest: String?
    var gate: GateReport?

    /// The highest share of failures that a flaky test showed on the base; 0 when none did.
    var flakeRate = 0.0

    init(request: VerificationRequest) { self.request = request }

    /// Runs of the head: as many as were asked for, and where tests are flaky so many that one which
    /// fails as often as the flakiest hides in all of them with a probability below one percent.
    var repeats: Int {
        let asked = max(request.repeats, 2)
        guard flakeRate > 0, flakeRate < 1 else { return asked }
        var hidden = 1.0
        var count = 0
        while hidden > 0.01, count < Self.repeatLimit {
            hidden *= 1 - flakeRate
            count += 1
        }
        return max(asked, count)
    }

    /// Runs of the named tests on either side: five at least where they can be run alone.
    func namedRepeats(of command: TestCommand) -> Int {
        max(request.repeats, command.select == nil ? 2 : 5)
    }

    /// With what probability tests that fail at the likeliest rate would not have shown this.
    private var confidence: Double {
        func count(_ roles: Set<String>) -> Int { runs.count { roles.contains($0.role) } }
        let failed = count(["control"])
        let passed = count(["plain", "canary", "repeat"])
        let rate = Double(failed) / Double(max(failed + passed, 1))
        var chance = 1.0
        for _ in 0..<failed { chance *= rate }
        for _ in 0..<passed { chance *= 1 - rate }
        return 1 - chance
    }

    /// A test that fails more rarely than this many runs show is nobody's to catch here.
    private static let repeatLimit = 12

    mutating func add(_ code: ReasonCode, _ detail: String = "") {
        // One reason of a kind says it; the lists of tests say the rest.
        guard codes.insert(code).inserted else { return }
        reasons.append(code.reason(detail))
    }

    mutating func add(_ code: ReasonCode, tests: some Collection<String>) {
        guard !tests.isEmpty else { return }
        let shown = tests.sorted().prefix(5).joined(separator: ", ")
        add(code, tests.count > 5 ? "\(shown) and \(tests.count - 5) more" : shown)
    }

    /// A run of the head that was kept from finishing.
    mutating func addUnusable(_ run: TestRun, _ name: String) {
        if run.report.outcome == .timedOut {
            add(.headTimedOut, name)
        } else {
            add(.headUnusable, "\(name) ended with \(run.report.outcome.rawValue)")
        }
    }

    var isRejected: Bool { codes.contains { $0.verdict == .rejected } }

    private var verdict: VerificationVerdict {
        if isRejected { return .rejected }
        return codes.isEmpty ? .verified : .inconclusive
    }

    var outcome: VerificationOutcome {
        var report = VerificationReport(
            verdict: verdict, reasons: reasons, tree: request.headTree, tests: tests,
            canaries: canaries, channels: channels, runs: runs)
        if verdict == .verified { report.confidence = confidence }
        return VerificationOutcome(
            report: report, pristineTree: pristine?.tree, toolchainDigest: toolchainDigest,
            gate: gate)
    }
}
