internal import RunModel

/// Bazel's build events (`--build_event_json_file`), one JSON document a line.
package struct BazelEvents: ReportFormat {
    package init() {}

    package let id = "bazel-events"
    package let summary = "bazel test --build_event_json_file"

    package func recognises(_ head: ReportHead) -> Bool {
        guard let line = head.lines.first, line.hasPrefix("{\"id\":") else { return false }
        return line.contains("\"started\"") || line.contains("\"testResult\"")
            || line.contains("\"children\"")
    }

    package func makeParser(_ context: ReportContext) -> any ReportParser {
        LineReportParser(BazelBuilder(context), format: id, limits: context.limits)
    }
}

struct BazelBuilder: LineReportBuilder {
    private struct Event: Decodable {
        struct Identity: Decodable {
            struct Test: Decodable {
                var label: String
                var run: Int?
                var shard: Int?
            }

            var testResult: Test?
        }

        struct Result: Decodable {
            var status: String?
            var testAttemptDuration: String?
            var testAttemptDurationMillis: String?
            var statusDetails: String?
            var cachedLocally: Bool?
        }

        struct Abortion: Decodable {
            var reason: String?
            var description: String?
        }

        var id: Identity
        var testResult: Result?
        var aborted: Abortion?
        var lastMessage: Bool?
    }

    private var collector: ResultCollector
    private var sawLast = false

    init(_ context: ReportContext) {
        collector = ResultCollector(format: "bazel-events", limits: context.limits)
    }

    mutating func line(_ line: String) throws(TestReportError) {
        guard !line.isEmpty else { return }
        guard let event = try? JSONText.decode(Event.self, from: Array(line.utf8)) else {
            if collector.problems.count < 20 {
                collector.problems.append(ReportProblem(.unreadableEvent, String(line.prefix(80))))
            }
            return
        }
        if event.lastMessage == true { sawLast = true }
        guard let test = event.id.testResult else { return }
        var id = test.label
        if let shard = test.shard, shard > 1 { id += "#shard\(shard)" }
        if let result = event.testResult {
            try collector.add(
                TestResult(
                    id: id, status: Self.status(result.status),
                    durationMilliseconds: Self.milliseconds(result),
                    message: result.statusDetails
                        ?? (result.status == "PASSED" ? nil : result.status)))
        } else if let abortion = event.aborted {
            try collector.add(
                TestResult(id: id, status: .error, message: abortion.description ?? abortion.reason)
            )
        }
    }

    private static func status(_ text: String?) -> TestStatus {
        switch text {
        case "PASSED", "FLAKY": .passed
        case "FAILED", "TIMEOUT": .failed
        case "NO_STATUS": .skipped
        default: .error
        }
    }

    private static func milliseconds(_ result: Event.Result) -> Double? {
        if let text = result.testAttemptDurationMillis { return Double(text) }
        return result.testAttemptDuration.flatMap { Double($0.dropLast()) }.map { $0 * 1000 }
    }

    mutating func report(endsInLine: Bool) -> TestReport {
        collector.finish(isComplete: sawLast && collector.problems.isEmpty)
    }
}
