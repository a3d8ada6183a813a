internal import RunModel

/// What `swift test` prints: XCTest's lines, then those of Swift Testing.
package struct SwiftConsole: ReportFormat {
    package init() {}

    package let id = "swift-console"
    package let summary = "console output of swift test: XCTest and Swift Testing"
    package let marksEnd = false

    package func recognises(_ head: ReportHead) -> Bool {
        head.lines.contains { line in
            line.hasPrefix("Test Suite '") && line.contains("' started at ")
                || line.dropFirst(2) == "Test run started."
        }
    }

    package func makeParser(_ context: ReportContext) -> any ReportParser {
        LineReportParser(SwiftConsoleBuilder(context), format: id, limits: context.limits)
    }
}

struct SwiftConsoleBuilder: LineReportBuilder {
    private var collector: ResultCollector
    /// Whether each of the two libraries began and ended.
    private var oldStarted = false
    private var oldEnded = false
    private var newStarted = false
    private var newEnded = false
    private var oldCounts: ReportedCounts?
    private var newCounts: ReportedCounts?
    /// The first issue of each test that has not ended.
    private var issues: [String: String] = [:]

    init(_ context: ReportContext) {
        collector = ResultCollector(format: "swift-console", limits: context.limits)
        // Swift Testing prints names without suites: two tests may look like one.
        collector.listsEverything = false
    }

    mutating func line(_ line: String) throws(TestReportError) {
        if let rest = line.after("Test Case '") {
            try oldCase(rest)
        } else if line.hasPrefix("Test Suite '") {
            oldSuite(line)
        } else if let rest = line.trimmedSpace.after("Executed "), oldStarted {
            oldTotal(rest)
        } else if let mark = line.firstRange(of: ": error: ") {
            oldIssue(line[mark.upperBound...])
        } else if let space = line.firstIndex(of: " "), line[..<space].count == 1,
            let rest = line[line.index(after: space)...].after("Test ")
        {
            try new(rest)
        } else if line.contains("Fatal error: "), collector.problems.count < 20 {
            collector.problems.append(ReportProblem(.runnerAborted, String(line.prefix(400))))
        }
    }

    // MARK: XCTest

    /// `Module.testName' passed (0.004 seconds)`, on Apple's systems `-[Module.Class testName]'`.
    private mutating func oldCase(_ text: Substring) throws(TestReportError) {
        guard let quote = text.firstIndex(of: "'") else { return }
        let name = text[..<quote].trimmingRule("-").filter { $0 != "[" && $0 != "]" }
        let id = String(name).replacing(" ", with: "/").replacing(".test", with: "/test")
        let verdict = text[quote...].dropFirst(2)
        let status: TestStatus
        if verdict.hasPrefix("passed (") {
            status = .passed
        } else if verdict.hasPrefix("failed (") {
            status = .failed
        } else if verdict.hasPrefix("skipped (") {
            status = .skipped
        } else {
            return
        }
        let seconds = verdict.split(separator: "(").last?.split(separator: " ").first
        try collector.add(
            TestResult(
                id: id, status: status,
                durationMilliseconds: seconds.flatMap { LocaleNumber.parse($0) }.map { $0 * 1000 },
                message: issues.removeValue(forKey: id)))
    }

    private mutating func oldSuite(_ line: String) {
        guard
            line.hasPrefix("Test Suite 'All tests'")
                || line.hasPrefix("Test Suite 'Selected tests'")
        else { return }
        if line.contains("' started at ") { oldStarted = true }
        if line.contains("' passed at ") || line.contains("' failed at ") { oldEnded = true }
    }

    /// `3 tests, with 1 test skipped and 1 failure (0 unexpected) in 0.005 (0.005) seconds`
    private mutating func oldTotal(_ text: Substring) {
        guard text.hasSuffix(" seconds") else { return }
        let words = text.split { $0 == " " || $0 == "," }
        func count(before noun: String) -> Int? {
            words.indices.dropFirst().first { words[$0].hasPrefix(noun) }.flatMap {
                Int(words[$0 - 1])
            }
        }
        let skipped = words.firstIndex(of: "skipped").flatMap { $0 >= 2 ? Int(words[$0 - 2]) : nil }
        oldCounts = ReportedCounts(
            total: words.first.flatMap { Int($0) }, failed: count(before: "failure"),
            skipped: skipped ?? 0)
    }

    /// `Module.testName : XCTAssertEqual failed: ...`
    private mutating func oldIssue(_ text: Substring) {
        guard let colon = text.firstRange(of: " : ") else { return }
        let id = String(text[..<colon.lowerBound]).replacing(".test", with: "/test")
        if issues.count < 10_000, issues[id] == nil {
            issues[id] = String(text[colon.upperBound...])
        }
    }

    // MARK: Swift Testing

    private mutating func new(_ text: Substring) throws(TestReportError) {
        if text == "run started." {
            newStarted = true
        } else if let rest = text.after("run with ") {
            newTotal(rest)
        } else if let (name, rest) = Self.name(text) {
            if rest.hasPrefix("recorded an issue"), issues.count < 10_000, issues[name] == nil {
                let place = rest.firstRange(of: ": ")?.upperBound
                issues[name] = place.map { String(rest[$0...]) }
            } else if rest.hasPrefix("passed after ") {
                try end(name, .passed, rest)
            } else if rest.hasPrefix("failed after ") {
                try end(name, .failed, rest)
            } else if rest.hasPrefix("skipped") {
                issues[name] = rest.after("skipped: ")?.trimmingRule("\"")
                try end(name, .skipped, rest)
            }
        }
    }

    private mutating func end(
        _ name: String, _ status: TestStatus, _ rest: Substring
    ) throws(TestReportError) {
        let seconds = rest.after("passed after ") ?? rest.after("failed after ")
        let number = seconds?.split(separator: " ").first.flatMap { LocaleNumber.parse($0) }
        try collector.add(
            TestResult(
                id: name, status: status, durationMilliseconds: number.map { $0 * 1000 },
                message: issues.removeValue(forKey: name)))
    }

    /// `5 tests in 1 suite failed after 0.001 seconds with 3 issues (...).`
    private mutating func newTotal(_ text: Substring) {
        let isRed = text.contains(" failed after ")
        guard isRed || text.contains(" passed after "), text.hasSuffix(".") else { return }
        newEnded = true
        let names = Set(
            collector.results.filter { !$0.id.contains("/") && $0.status == .failed }.map(\.id))
        newCounts = ReportedCounts(
            total: text.split(separator: " ").first.flatMap { Int($0) },
            // The line counts issues, not tests.
            failed: isRed ? max(1, names.count) : 0)
    }

    /// A name, quoted or ending in parentheses, and what is said of it.
    private static func name(_ text: Substring) -> (String, Substring)? {
        if text.first == "\"" {
            guard let end = text.dropFirst().firstIndex(of: "\"") else { return nil }
            let rest = text[text.index(after: end)...]
            return (String(text[text.index(after: text.startIndex)..<end]), Self.verdict(rest))
        }
        guard !text.hasPrefix("case "), let end = text.firstIndex(of: ")") else { return nil }
        return (String(text[...end]), Self.verdict(text[text.index(after: end)...]))
    }

    /// Without ` with 2 test cases`.
    private static func verdict(_ text: Substring) -> Substring {
        let rest = text.drop { $0 == " " }
        guard rest.hasPrefix("with "), let end = rest.firstRange(of: " test case") else {
            return rest
        }
        return rest[end.upperBound...].drop { $0 != " " }.dropFirst()
    }

    mutating func report(endsInLine: Bool) -> TestReport {
        collector.counts = [oldCounts, newCounts].compactMap { $0 }
            .reduce(nil) { sum, part in sum.map { $0 + part } ?? part }
        let isComplete =
            (oldStarted || newStarted) && oldStarted == oldEnded && newStarted == newEnded
            && collector.problems.isEmpty && !(oldEnded && oldCounts == nil)
        return collector.finish(isComplete: isComplete)
    }
}
