internal import RunModel

/// The events of `go test -json` (`go doc test2json`).
package struct GoTestJSON: ReportFormat {
    package init() {}

    package let id = "go-test-json"
    package let summary = "events of go test -json"
    package let marksEnd = false

    package func recognises(_ head: ReportHead) -> Bool {
        head.lines.prefix(50).contains { line in
            line.hasPrefix("{") && line.contains("\"Action\":\"")
                && (line.contains("\"Package\":\"") || line.contains("\"ImportPath\":\""))
        }
    }

    package func makeParser(_ context: ReportContext) -> any ReportParser {
        LineReportParser(GoTestBuilder(context), format: id, limits: context.limits)
    }
}

struct GoTestBuilder: LineReportBuilder {
    private struct Event: Decodable {
        var action: String
        var package: String?
        var test: String?
        var elapsed: Double?
        var output: String?
        var importPath: String?

        enum CodingKeys: String, CodingKey {
            case action = "Action"
            case package = "Package"
            case test = "Test"
            case elapsed = "Elapsed"
            case output = "Output"
            case importPath = "ImportPath"
        }
    }

    private var collector: ResultCollector
    /// Output of what has not ended, by id; a package's own is under its path.
    private var outputs: [String: BoundedText] = [:]
    private var openPackages: Set<String> = []
    /// Packages of which a test failed: their own failure says nothing more.
    private var failedTests: Set<String> = []

    init(_ context: ReportContext) {
        collector = ResultCollector(format: "go-test-json", limits: context.limits)
    }

    mutating func line(_ line: String) throws(TestReportError) {
        guard line.hasPrefix("{") else { return try plain(line) }
        guard let event = try? JSONText.decode(Event.self, from: Array(line.utf8)) else {
            if collector.problems.count < 20 {
                collector.problems.append(ReportProblem(.unreadableEvent, String(line.prefix(80))))
            }
            return
        }
        let package = event.package ?? event.importPath ?? ""
        let id = event.test.map { GoIdentity.join(package: package, test: $0) } ?? package
        switch event.action {
        case "start", "run":
            openPackages.insert(package)
        case "output", "build-output":
            openPackages.insert(package)
            outputs[id, default: BoundedText(limit: collector.limits.textBytes)]
                .append(event.output ?? "")
        case "pass", "fail", "skip":
            if event.test == nil {
                try endPackage(package, failed: event.action == "fail")
            } else {
                try endTest(id, package, event.action, event.elapsed)
            }
        default:
            break  // pause, cont, bench, attr, build-fail
        }
    }

    /// What the go command prints between events: packages that do not build.
    private mutating func plain(_ line: String) throws(TestReportError) {
        guard let rest = line.after("FAIL\t"), line.hasSuffix(" failed]") else { return }
        let package = String(rest.prefix { $0 != " " })
        openPackages.remove(package)
        try collector.add(
            TestResult(id: package, status: .error, message: rest.trimmedSpace))
    }

    private mutating func endTest(
        _ id: String, _ package: String, _ action: String, _ seconds: Double?
    ) throws(TestReportError) {
        let status: TestStatus =
            action == "pass" ? .passed : action == "skip" ? .skipped : .failed
        if status == .failed { failedTests.insert(package) }
        var text = outputs.removeValue(forKey: id)
        let output = text?.finish()
        try collector.add(
            TestResult(
                id: id, status: status, durationMilliseconds: seconds.map { $0 * 1000 },
                message: status == .passed ? nil : GoTestOutput.message(output), output: output))
    }

    private mutating func endPackage(_ package: String, failed: Bool) throws(TestReportError) {
        openPackages.remove(package)
        var text = outputs.removeValue(forKey: package)
        guard failed, !failedTests.contains(package) else { return }
        let output = text?.finish()
        try collector.add(
            TestResult(
                id: package, status: .error,
                message: GoTestOutput.message(output) ?? "the package failed outside its tests",
                output: output))
    }

    mutating func report(endsInLine: Bool) -> TestReport {
        collector.finish(
            isComplete: collector.rows > 0 && openPackages.isEmpty && collector.problems.isEmpty)
    }
}

enum GoTestOutput {
    /// The first line that is not the frame which the testing package draws.
    static func message(_ output: String?) -> String? {
        output?.split(whereSeparator: \.isNewline).lazy.map(\.trimmedSpace).first { line in
            !["=== ", "--- ", "FAIL", "ok ", "PASS", "exit status"].contains { line.hasPrefix($0) }
        }
    }
}
