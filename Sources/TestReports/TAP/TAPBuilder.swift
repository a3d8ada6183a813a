internal import RunModel

/// Makes results of the lines of TAP. The leaves are the tests; a subtest's summary line is none.
struct TAPBuilder: LineReportBuilder {
    private struct Level {
        var name: String
        var planned: Int?
        var seen = 0
    }

    private var collector: ResultCollector
    /// The open subtests, the document itself first; each is indented by four spaces more.
    private var levels = [Level(name: "")]
    /// The name that a `# Subtest:` comment gave the tests that come.
    private var announced: [Int: String] = [:]
    private var last: String?
    private var yaml: BoundedText?
    private var diagnostics: BoundedText
    private var bailedOut = false
    /// Subtests with a test inside that failed.
    private var failedBelow: Set<String> = []
    private var levelsWereWhole = true

    init(_ context: ReportContext) {
        collector = ResultCollector(format: "tap", limits: context.limits)
        diagnostics = BoundedText(limit: context.limits.textBytes)
    }

    mutating func line(_ line: String) throws(TestReportError) {
        let indent = line.prefix { $0 == " " }.count
        let text = line.dropFirst(indent)
        if yaml != nil {
            if text == "..." { endYAML() } else { yaml?.append(line + "\n") }
            return
        }
        if text == "---" {
            yaml = BoundedText(limit: collector.limits.textBytes)
            return
        }
        let depth = indent / 4
        guard indent % 4 == 0, depth < min(collector.limits.depth, 64) else { return }
        if let entry = TAPLine(text) {
            try test(entry, depth: depth)
        } else if let plan = TAPPlan(text) {
            open(depth)
            levels[depth].planned = plan.count
            if plan.count == 0, depth == 0 { collector.counts = ReportedCounts(total: 0) }
        } else if let name = text.after("# Subtest: ") {
            announced[depth] = String(name).trimmedSpace
        } else if text.hasPrefix("Bail out!") {
            bailedOut = true
            collector.problems.append(ReportProblem(.runnerAborted, String(text.prefix(200))))
        } else if text.hasPrefix("#") {
            diagnostics.append(text.drop { $0 == "#" || $0 == " " } + "\n")
        }
    }

    /// Opens levels down to a depth, with the names that were announced.
    private mutating func open(_ depth: Int) {
        while levels.count <= depth {
            // Node announces at the parent's depth, Test::More does too: `# Subtest: inner`.
            let parent = levels.count - 1
            levels.append(Level(name: announced.removeValue(forKey: parent) ?? ""))
        }
    }

    private mutating func test(_ entry: TAPLine, depth: Int) throws(TestReportError) {
        attachDiagnostics()
        let hadChildren = levels.count > depth + 1
        if hadChildren {
            let child = levels[depth + 1]
            if let planned = child.planned, planned != child.seen { levelsWereWhole = false }
            levels.removeLast(levels.count - depth - 1)
        }
        open(depth)
        announced[depth] = nil
        levels[depth].seen += 1
        // A parent that fails with children that passed has failed by itself.
        let path = levels.dropFirst().prefix(depth).map(\.name) + [entry.name]
        let id = path.filter { !$0.isEmpty }.joined(separator: " > ")
        last = id
        if hadChildren,
            collector.results.contains(where: {
                $0.status.isFailure && $0.id.hasPrefix(id + " > ")
            })
        {
            return
        }
        try collector.add(
            TestResult(
                id: id, status: entry.status, message: entry.reason.isEmpty ? nil : entry.reason))
    }

    private mutating func endYAML() {
        var block = yaml.take()
        guard let last, let text = block?.finish() else { return }
        let lines = text.split(whereSeparator: \.isNewline).map(\.trimmedSpace)
        let message = lines.lazy.compactMap { line in
            line.after("error: ") ?? line.after("message: ")
        }.first?.trimmingRule("'").trimmingRule("\"")
        let milliseconds = lines.lazy.compactMap { $0.after("duration_ms: ") }.first
            .flatMap { LocaleNumber.parse($0) }
        _ = collector.amendLast(last) { result in
            result.durationMilliseconds = milliseconds ?? result.durationMilliseconds
            guard result.status != .passed else { return }
            result.message = message ?? result.message
            result.output = text
        }
    }

    private mutating func attachDiagnostics() {
        let text = diagnostics.finish()
        diagnostics = BoundedText(limit: collector.limits.textBytes)
        guard let text, let last else { return }
        _ = collector.amendLast(last) { result in
            guard result.status.isFailure else { return }
            result.output = result.output ?? text
            result.message = result.message ?? text.firstLine
        }
    }

    mutating func report(endsInLine: Bool) -> TestReport {
        attachDiagnostics()
        let isWhole =
            levels.count == 1 && levels[0].planned == levels[0].seen && !endsInLine && !bailedOut
            && levelsWereWhole && yaml == nil
        return collector.finish(isComplete: isWhole)
    }
}
