internal import RunModel

/// Gathers the executions of one report within the limits, numbers repeated ones, and holds the
/// totals that the report states against what it lists.
struct ResultCollector {
    let format: String
    let limits: ReportLimits
    var counts: ReportedCounts?
    var problems: [ReportProblem] = []
    private(set) var results: [TestResult] = []
    private var executions = ExecutionIndex()
    private var keptTextBytes = 0
    private var textWasDropped = false
    /// Whether the format names every test; consoles often name the red ones only.
    var listsEverything = true
    /// How many entries the report has; one entry may tell several executions.
    private(set) var rows = 0

    init(format: String, limits: ReportLimits) {
        self.format = format
        self.limits = limits
    }

    /// Adds the executions that one entry tells, oldest first. Their `attempt` is set here.
    mutating func add(_ entry: consuming TestResult, after earlier: [TestResult] = [])
        throws(TestReportError)
    {
        guard results.count + earlier.count < limits.results else {
            throw .tooManyResults(format, limit: limits.results)
        }
        rows += 1
        for result in earlier { append(result) }
        append(entry)
    }

    private mutating func append(_ execution: consuming TestResult) {
        execution.attempt = executions.note(execution.id, at: results.count, in: results)
        if execution.message != nil { execution.message = kept(execution.message) }
        if execution.output != nil { execution.output = kept(execution.output) }
        results.append(execution)
    }

    /// Changes the latest execution of a test, for formats that tell its details later.
    ///
    /// - Returns: `false` when no execution of that id is known.
    mutating func amendLast(_ id: String, _ change: (inout TestResult) -> Void) -> Bool {
        guard let index = executions.last(id, in: results) else { return false }
        change(&results[index])
        results[index].message = kept(results[index].message)
        results[index].output = kept(results[index].output)
        return true
    }

    private mutating func kept(_ text: String?) -> String? {
        guard let text, !text.isEmpty else { return nil }
        guard keptTextBytes + text.utf8.count <= limits.totalTextBytes else {
            textWasDropped = true
            return nil
        }
        keptTextBytes += text.utf8.count
        guard text.utf8.count > 2 * limits.textBytes else { return text }
        var bounded = BoundedText(limit: limits.textBytes)
        bounded.append(text)
        return bounded.finish()
    }

    mutating func finish(isComplete: Bool) -> TestReport {
        if !isComplete {
            problems.append(ReportProblem(.truncated, "the report ends in the middle"))
        }
        if results.isEmpty, listsEverything || counts?.total ?? 0 == 0 {
            problems.append(ReportProblem(.noTests, "the report lists no test"))
        }
        if textWasDropped {
            problems.append(
                ReportProblem(
                    .textDropped, "messages and outputs beyond \(limits.totalTextBytes) bytes"))
        }
        if isComplete { checkCounts() }
        return TestReport(
            format: format, results: results, counts: counts, problems: problems,
            isComplete: isComplete)
    }

    private mutating func checkCounts() {
        guard let counts, listsEverything, !results.isEmpty else { return }
        if let total = counts.total, total != rows {
            // What stands twice although it counts once was repeated by the runner
            // (pytest-rerunfailures leaves no other trace).
            let repeated = Set(
                results.indices.filter { results[$0].attempt > 1 }.map { results[$0].id }
            ).sorted()
            for id in repeated where rows > total {
                problems.append(
                    ReportProblem(.hiddenRerun, "it is listed more often than counted", test: id))
            }
            if rows < total || repeated.isEmpty {
                problems.append(
                    ReportProblem(.countMismatch, "it states \(total) tests and lists \(rows)"))
            }
        }
        // By index: a closure over elements would copy each.
        let listed = results.indices.count { results[$0].status.isFailure }
        // Only none against some is a contradiction: formats count retries and suites differently.
        if let red = counts.red, (red == 0) != (listed == 0) {
            problems.append(
                ReportProblem(.countMismatch, "it states \(red) failures and lists \(listed)"))
        }
    }
}
