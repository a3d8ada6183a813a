internal import RunModel

/// Makes results of the elements of a JUnit file.
struct JUnitBuilder: XMLReportBuilder {
    private var collector: ResultCollector
    private var identity: JUnitIdentity
    private var dialect: JUnitDialect?
    /// Names of the open suites, and the totals of the outermost.
    private var suites: [String] = []
    private var totals = JUnitTotals()
    private var testCase: JUnitCase?
    /// pytest itself failed: what it had not run yet is not in the file.
    private var isCrash = false

    init(_ context: ReportContext) {
        collector = ResultCollector(format: "junit", limits: context.limits)
        identity = JUnitIdentity(files: context.files)
    }

    mutating func start(_ tag: XMLTag, in bytes: Span<UInt8>) throws(TestReportError) {
        switch tag.name {
        case .testSuites, .testSuite:
            dialect = dialect ?? JUnitDialect.recognise(tag, in: bytes)
            totals.add(tag, in: bytes, depth: suites.count)
            if tag.name == .testSuite { suites.append(tag.string(.name, in: bytes) ?? "") }
        case .testCase:
            let known = dialect ?? JUnitDialect.recognise(testCase: tag, in: bytes) ?? .generic
            dialect = known
            if known == .pytest, tag.equals(.className, "pytest", in: bytes),
                tag.equals(.name, "internal", in: bytes)
            {
                isCrash = true
            }
            // The place of the test that was running then has no name at all.
            if isCrash
                || (tag.isBlank(.name) && tag.isBlank(.className) && tag.value(.file) == nil)
            {
                return
            }
            if suites.isEmpty { totals.casesOutsideSuites += 1 }
            testCase = JUnitCase(
                tag, in: bytes, dialect: known, suites: suites, identity: &identity,
                textLimit: collector.limits.textBytes)
        default:
            testCase?.start(tag, in: bytes)
        }
    }

    mutating func end(_ name: XMLName) throws(TestReportError) {
        switch name {
        case .testSuite:
            if !suites.isEmpty { suites.removeLast() }
        case .testCase:
            guard var finished = testCase.take() else { return }
            let (result, earlier) = finished.results()
            try collector.add(result, after: earlier)
        default:
            testCase?.end(name)
        }
    }

    mutating func text(_ bytes: Span<UInt8>, isLiteral: Bool) {
        testCase?.text(bytes, isLiteral: isLiteral)
    }

    mutating func report(isComplete: Bool) -> TestReport {
        // Node counts suites as tests of the suite around them.
        collector.counts = dialect == .node ? nil : totals.counts
        // Swift Testing does not count what was skipped as a test.
        if dialect == .swift, let total = collector.counts?.total, total < collector.rows {
            let skipped = collector.counts?.skipped ?? 0
            collector.counts?.total = total + skipped
        }
        // libtest counts what is ignored and does not list it.
        if dialect == .libtest, let total = collector.counts?.total {
            let skipped = collector.counts?.skipped ?? 0
            if total - skipped == collector.rows { collector.counts?.total = collector.rows }
        }
        return collector.finish(isComplete: isComplete && !isCrash)
    }
}

/// The totals that a JUnit file states: those of the root, or the sum of the outermost suites.
struct JUnitTotals {
    private var root: ReportedCounts?
    private var sum: ReportedCounts?
    private var isWhole = true
    /// Node's runner puts plain tests beside the suites.
    var casesOutsideSuites = 0

    mutating func add(_ tag: XMLTag, in bytes: Span<UInt8>, depth: Int) {
        guard depth == 0 else { return }
        let skipped = tag.integer("skipped", in: bytes)
        let disabled = tag.integer("disabled", in: bytes)
        let counts = ReportedCounts(
            total: tag.integer("tests", in: bytes),
            failed: tag.integer("failures", in: bytes),
            errors: tag.integer("errors", in: bytes),
            skipped: skipped == nil && disabled == nil ? nil : (skipped ?? 0) + (disabled ?? 0))
        if tag.name == .testSuites {
            root = counts.total == nil ? nil : counts
        } else if counts.total == nil {
            isWhole = false
        } else {
            sum = sum.map { $0 + counts } ?? counts
        }
    }

    var counts: ReportedCounts? {
        if let root { return root }
        guard isWhole, var sum else { return nil }
        sum.total = sum.total.map { $0 + casesOutsideSuites }
        return sum
    }
}

extension ReportedCounts {
    /// The totals of two parts of a run; what only one of them states counts.
    package static func + (left: ReportedCounts, right: ReportedCounts) -> ReportedCounts {
        func sum(_ path: KeyPath<ReportedCounts, Int?>) -> Int? {
            guard left[keyPath: path] != nil || right[keyPath: path] != nil else { return nil }
            // Hostile totals must not overflow; nothing honest comes near.
            return (left[keyPath: path] ?? 0).addingReportingOverflow(right[keyPath: path] ?? 0)
                .partialValue
        }
        return ReportedCounts(
            total: sum(\.total), passed: sum(\.passed), failed: sum(\.failed),
            errors: sum(\.errors), skipped: sum(\.skipped),
            expectedFailures: sum(\.expectedFailures), unexpectedPasses: sum(\.unexpectedPasses),
            deselected: sum(\.deselected), reruns: sum(\.reruns))
    }
}
