internal import RunModel

/// Rust's test harness with `--format json` (unstable, so its keys may grow).
package struct LibtestJSON: ReportFormat {
    package init() {}

    package let id = "libtest-json"
    package let summary = "events of cargo test -- --format json"
    package let marksEnd = false

    package func recognises(_ head: ReportHead) -> Bool {
        head.lines.prefix(50).contains { line in
            line.hasPrefix("{") && line.contains("\"event\":")
                && ["\"suite\"", "\"test\"", "\"bench\""].contains {
                    line.contains("\"type\": \($0)") || line.contains("\"type\":\($0)")
                }
        }
    }

    package func makeParser(_ context: ReportContext) -> any ReportParser {
        LineReportParser(LibtestEvents(context), format: id, limits: context.limits)
    }
}

struct LibtestEvents: LineReportBuilder {
    private struct Event: Decodable {
        var type: String
        var event: String?
        var name: String?
        var message: String?
        var stdout: String?
        var execTime: Double?
        var passed: Int?
        var failed: Int?
        var ignored: Int?

        enum CodingKeys: String, CodingKey {
            case type, event, name, message, stdout
            case execTime = "exec_time"
            case passed, failed, ignored
        }
    }

    private var collector: ResultCollector
    private var openSuites = 0
    private var suites = 0

    init(_ context: ReportContext) {
        collector = ResultCollector(format: "libtest-json", limits: context.limits)
    }

    mutating func line(_ line: String) throws(TestReportError) {
        guard line.hasPrefix("{") else { return }
        guard let event = try? JSONText.decode(Event.self, from: Array(line.utf8)) else {
            if collector.problems.count < 20 {
                collector.problems.append(ReportProblem(.unreadableEvent, String(line.prefix(80))))
            }
            return
        }
        switch (event.type, event.event) {
        case ("suite", "started"):
            openSuites += 1
            suites += 1
        case ("suite", _):
            openSuites -= 1
            let counts = ReportedCounts(
                total: (event.passed ?? 0) + (event.failed ?? 0) + (event.ignored ?? 0),
                passed: event.passed, failed: event.failed, skipped: event.ignored)
            collector.counts = collector.counts.map { $0 + counts } ?? counts
        case ("test", let ending?) where ending != "started":
            try end(event, ending)
        default:
            break
        }
    }

    private mutating func end(_ event: Event, _ ending: String) throws(TestReportError) {
        let status: TestStatus? =
            switch ending {
            case "ok": .passed
            case "failed": .failed
            case "ignored": .skipped
            default: nil  // "timeout" only warns that a test is slow
            }
        guard let status, let name = event.name else { return }
        try collector.add(
            TestResult(
                id: name, status: status, durationMilliseconds: event.execTime.map { $0 * 1000 },
                message: event.message ?? LibtestText.message(event.stdout), output: event.stdout))
    }

    mutating func report(endsInLine: Bool) -> TestReport {
        // Suites of several binaries may hold tests of one name.
        collector.listsEverything = collector.rows == collector.counts?.total
        return collector.finish(
            isComplete: suites > 0 && openSuites == 0 && collector.problems.isEmpty)
    }
}

enum LibtestText {
    /// What a panic says: the line after the place.
    static func message(_ output: String?) -> String? {
        let lines = output?.split(whereSeparator: \.isNewline) ?? []
        guard let place = lines.firstIndex(where: { $0.contains(" panicked at ") }) else {
            return nil
        }
        return place + 1 < lines.count ? String(lines[place + 1]) : String(lines[place])
    }
}
