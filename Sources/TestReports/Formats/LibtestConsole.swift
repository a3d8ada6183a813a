internal import RunModel

/// What `cargo test` prints: one block for each test binary.
package struct LibtestConsole: ReportFormat {
    package init() {}

    package let id = "libtest-console"
    package let summary = "console output of cargo test"
    package let marksEnd = false

    package func recognises(_ head: ReportHead) -> Bool {
        guard head.firstByte != UInt8(ascii: "{"), head.firstByte != UInt8(ascii: "<") else {
            return false
        }
        return head.lines.contains { line in
            guard let count = line.after("running ")?.split(separator: " "), count.count == 2 else {
                return false
            }
            return Int(count[0]) != nil && (count[1] == "tests" || count[1] == "test")
        }
    }

    package func makeParser(_ context: ReportContext) -> any ReportParser {
        LineReportParser(LibtestConsoleBuilder(context), format: id, limits: context.limits)
    }
}

struct LibtestConsoleBuilder: LineReportBuilder {
    private var collector: ResultCollector
    private var openBlocks = 0
    private var blocks = 0
    /// The test whose status comes after what it printed itself.
    private var pending: String?
    /// The failed test whose output is being listed.
    private var listed: String?
    private var output: BoundedText

    init(_ context: ReportContext) {
        collector = ResultCollector(format: "libtest-console", limits: context.limits)
        output = BoundedText(limit: context.limits.textBytes)
    }

    mutating func line(_ line: String) throws(TestReportError) {
        if let header = outputHeader(line) {
            endOutput()
            listed = header
        } else if let totals = line.after("test result: ") {
            endOutput()
            pending = nil
            openBlocks -= 1
            add(totals: totals)
        } else if listed != nil, line != "failures:" {
            output.append(line + "\n")
        } else if line == "failures:" {
            endOutput()
        } else if isStart(line) {
            openBlocks += 1
            blocks += 1
        } else if let rest = line.after("test "), let dots = rest.lastRange(of: " ... ") {
            let name = Self.name(rest[..<dots.lowerBound])
            pending = name
            try end(name, rest[dots.upperBound...])
        } else if let name = line.after("test "), name.hasSuffix(" ...") {
            pending = Self.name(name.dropLast(4))
        } else if line.hasSuffix(" --- FAILED") {
            try end(Self.name(line.dropLast(11)), "FAILED")
        } else if let name = pending {
            try end(name, line[...])
        } else if line.hasPrefix("error: could not compile"), collector.problems.count < 20 {
            collector.problems.append(ReportProblem(.runnerAborted, line))
        }
    }

    private func isStart(_ line: String) -> Bool {
        guard let words = line.after("running ")?.split(separator: " "), words.count == 2 else {
            return false
        }
        return Int(words[0]) != nil && words[1].hasPrefix("test")
    }

    private mutating func end(_ name: String, _ text: Substring) throws(TestReportError) {
        let status: TestStatus
        var message: String?
        if text == "ok" || text.hasPrefix("ok <") {
            status = .passed
        } else if text == "FAILED" || text.hasPrefix("FAILED <") {
            status = .failed
        } else if text == "ignored" || text.hasPrefix("ignored, ") {
            status = .skipped
            message = text.after("ignored, ").map(String.init)
        } else {
            return
        }
        pending = nil
        try collector.add(TestResult(id: name, status: status, message: message))
    }

    /// `---- name stdout ----`
    private func outputHeader(_ line: String) -> String? {
        guard let rest = line.after("---- "), rest.hasSuffix(" stdout ----") else { return nil }
        return Self.name(rest.dropLast(12))
    }

    private mutating func endOutput() {
        guard let name = listed.take() else { return }
        let text = output.finish()
        output = BoundedText(limit: collector.limits.textBytes)
        _ = collector.amendLast(name) { result in
            result.output = text
            result.message = LibtestText.message(text) ?? text?.trimmedSpace.firstLine
        }
    }

    /// Without what the harness adds behind the name.
    private static func name(_ text: some StringProtocol) -> String {
        let name = text.hasSuffix(" - should panic") ? String(text.dropLast(15)) : String(text)
        return name.hasSuffix(" - compile fail") ? String(name.dropLast(15)) : name
    }

    private mutating func add(totals: Substring) {
        var values: [Substring: Int] = [:]
        for part in totals.split(whereSeparator: { $0 == ";" || $0 == "." }) {
            let words = part.split(separator: " ")
            if words.count >= 2, let count = Int(words[0]) { values[words[1]] = count }
        }
        let counts = ReportedCounts(
            total: (values["passed"] ?? 0) + (values["failed"] ?? 0) + (values["ignored"] ?? 0),
            passed: values["passed"], failed: values["failed"], skipped: values["ignored"],
            deselected: values["filtered"])
        collector.counts = collector.counts.map { $0 + counts } ?? counts
    }

    mutating func report(endsInLine: Bool) -> TestReport {
        collector.listsEverything = false
        return collector.finish(isComplete: blocks > 0 && openBlocks == 0)
    }
}
