internal import RunModel

/// What Python's unittest prints, with or without `-v`.
package struct UnittestConsole: ReportFormat {
    package init() {}

    package let id = "unittest-console"
    package let summary = "console output of python -m unittest"

    package func recognises(_ head: ReportHead) -> Bool {
        guard head.firstByte != UInt8(ascii: "{"), head.firstByte != UInt8(ascii: "<") else {
            return false
        }
        let lines = head.lines
        return lines.indices.contains { index in
            let line = lines[index]
            if UnittestLine.total(line) != nil { return true }
            if let entry = UnittestLine(line), entry.rest != nil { return true }
            let isRule = line.count == 70 && line.allSatisfy { $0 == "=" }
            return isRule && index + 1 < lines.count
                && ["FAIL: ", "ERROR: "].contains { lines[index + 1].hasPrefix($0) }
        }
    }

    package func makeParser(_ context: ReportContext) -> any ReportParser {
        LineReportParser(UnittestBuilder(context), format: id, limits: context.limits)
    }
}

/// `test_a (tests.test_b.TestC.test_a) ... ok`
struct UnittestLine {
    /// As `python -m unittest` accepts it.
    var id: String
    /// What follows the dots; `nil` when a description comes on the next line.
    var rest: Substring?

    init?(_ line: some StringProtocol) {
        let text = Substring(line).drop { $0 == " " }
        guard let open = text.firstIndex(of: "("), open > text.startIndex,
            text[text.index(before: open)] == " ",
            let close = text[open...].firstIndex(of: ")")
        else { return nil }
        let name = text[..<open].dropLast()
        let place = text[text.index(after: open)..<close]
        guard !name.contains(" "), !name.isEmpty, place.contains(".") || place == "__main__",
            place.allSatisfy({ $0.isLetter || $0.isNumber || "._<>".contains($0) })
        else { return nil }
        if place.hasPrefix("unittest.loader.") {
            id = String(name)  // a module that cannot be imported
        } else {
            // Before Python 3.11 the name was not repeated in the parentheses.
            id = place.hasSuffix(".\(name)") ? String(place) : "\(place).\(name)"
        }
        let after = text[text.index(after: close)...]
        rest = after.firstRange(of: " ...").map { after[$0.upperBound...].drop { $0 == " " } }
        // Only a subtest's parameters may stand between.
        guard rest != nil || after.isEmpty || after.hasPrefix(" (") || after.hasPrefix(" [") else {
            return nil
        }
    }

    /// `Ran 10 tests in 0.001s`
    static func total(_ line: some StringProtocol) -> Int? {
        let words = line.split(separator: " ")
        guard words.count == 5, words[0] == "Ran", words[2].hasPrefix("test"), words[3] == "in",
            words[4].hasSuffix("s")
        else { return nil }
        return Int(words[1])
    }

    static func status(_ text: some StringProtocol) -> (TestStatus, message: String?)? {
        switch text {
        case "ok": return (.passed, nil)
        case "FAIL": return (.failed, nil)
        case "ERROR": return (.error, nil)
        case "expected failure": return (.expectedFailure, nil)
        case "unexpected success": return (.unexpectedPass, nil)
        default:
            guard let reason = text.after("skipped ") else { return nil }
            return (.skipped, reason.trimmingRule("'").trimmingRule("\""))
        }
    }
}

struct UnittestBuilder: LineReportBuilder {
    private var collector: ResultCollector
    /// The test whose status has not come yet.
    private var pending: String?
    /// The failure whose traceback is being listed.
    private var detail: (id: String, status: TestStatus)?
    private var traceback: BoundedText
    private var total: Int?
    private var isOver = false

    init(_ context: ReportContext) {
        collector = ResultCollector(format: "unittest-console", limits: context.limits)
        collector.listsEverything = false
        traceback = BoundedText(limit: context.limits.textBytes)
    }

    mutating func line(_ line: String) throws(TestReportError) {
        if let count = UnittestLine.total(line) {
            try endDetail()
            total = count
        } else if total != nil, !isOver, isVerdict(line) {
            isOver = true
        } else if line.count == 70, line.allSatisfy({ $0 == "=" }) {
            try endDetail()
            pending = nil
        } else if let (status, rest) = heading(line), let entry = UnittestLine(rest) {
            try endDetail()
            detail = (entry.id, status)
        } else if detail != nil {
            traceback.append(line + "\n")
        } else if let entry = UnittestLine(line) {
            pending = entry.id
            if let rest = entry.rest { try end(rest) }
        } else if let dots = line.lastRange(of: " ... "), pending != nil {
            try end(line[dots.upperBound...])  // behind a description
        } else {
            try end(line[...])
        }
    }

    private mutating func end(_ text: Substring) throws(TestReportError) {
        guard let id = pending, let (status, message) = UnittestLine.status(text) else { return }
        pending = nil
        try record(id, status, message)
    }

    /// Subtests fail under the name of their test.
    private mutating func record(
        _ id: String, _ status: TestStatus, _ message: String?, output: String? = nil
    ) throws(TestReportError) {
        let known = collector.amendLast(id) { result in
            if status.isFailure || !result.status.isFailure { result.status = status }
            result.message = message ?? result.message
            result.output = output ?? result.output
        }
        guard !known else { return }
        try collector.add(TestResult(id: id, status: status, message: message, output: output))
    }

    private func heading(_ line: String) -> (TestStatus, Substring)? {
        if let rest = line.after("FAIL: ") { return (.failed, rest) }
        if let rest = line.after("ERROR: ") { return (.error, rest) }
        if let rest = line.after("UNEXPECTED SUCCESS: ") { return (.unexpectedPass, rest) }
        return nil
    }

    private mutating func endDetail() throws(TestReportError) {
        guard let (id, status) = detail.take() else { return }
        let text = traceback.finish()
        traceback = BoundedText(limit: collector.limits.textBytes)
        let lines = text?.split(whereSeparator: \.isNewline).filter { !isRule($0) } ?? []
        try record(id, status, lines.last.map(String.init), output: text)
    }

    private func isRule(_ line: Substring) -> Bool { line.allSatisfy { $0 == "-" } }

    /// `OK`, `OK (skipped=1)`, `FAILED (failures=2, errors=1)`, `NO TESTS RAN`
    private mutating func isVerdict(_ line: String) -> Bool {
        let isVerdict =
            ["OK", "FAILED", "NO TESTS RAN"].contains(line)
            || (line.hasPrefix("OK (") || line.hasPrefix("FAILED (")) && line.hasSuffix(")")
        guard isVerdict else { return false }
        var values: [Substring: Int] = [:]
        let inside = line.drop { $0 != "(" }.dropFirst().dropLast()
        for part in inside.split(separator: ", ") {
            let pair = part.split(separator: "=")
            if pair.count == 2 { values[pair[0]] = Int(pair[1]) }
        }
        collector.counts = ReportedCounts(
            total: total, failed: values["failures"] ?? 0, errors: values["errors"] ?? 0,
            skipped: values["skipped"] ?? 0, expectedFailures: values["expected failures"] ?? 0,
            unexpectedPasses: values["unexpected successes"] ?? 0)
        return true
    }

    mutating func report(endsInLine: Bool) -> TestReport {
        collector.finish(isComplete: isOver)
    }
}
