internal import RunModel

/// TAP 12 to 14 (https://testanything.org), with nested subtests and YAML blocks.
package struct TestAnythingProtocol: ReportFormat {
    package init() {}

    package let id = "tap"
    package let summary = "TAP of prove, node, bats, Test::More, pytest-tap"

    package func recognises(_ head: ReportHead) -> Bool {
        let lines = head.lines.prefix(2000)
        if lines.contains(where: { $0.hasPrefix("TAP version ") }) { return true }
        let hasPlan = lines.contains { TAPPlan($0) != nil }
        return hasPlan && head.firstByte != UInt8(ascii: "{")
            && lines.contains { TAPLine($0) != nil || $0.hasPrefix("1..0") }
    }

    package func makeParser(_ context: ReportContext) -> any ReportParser {
        LineReportParser(TAPBuilder(context), format: id, limits: context.limits)
    }
}

/// `1..5`, `1..0 # SKIP no database`
struct TAPPlan {
    var count: Int
    var reason: String?

    init?(_ line: some StringProtocol) {
        guard let rest = Substring(line).after("1..") else { return nil }
        let digits = rest.prefix { $0.isNumber }
        let after = rest.dropFirst(digits.count)
        guard let count = Int(digits), after.isEmpty || after.hasPrefix(" ") else { return nil }
        self.count = count
        reason = after.isEmpty ? nil : after.trimmingRule("#")
    }
}

/// `not ok 2 - description # TODO later`
struct TAPLine {
    var isOK: Bool
    var name: String
    /// In lower case.
    var directive: Substring?
    var reason: String

    init?(_ line: some StringProtocol) {
        let text = Substring(line)
        isOK = text.hasPrefix("ok")
        guard isOK || text.hasPrefix("not ok") else { return nil }
        var rest = text.dropFirst(isOK ? 2 : 6)
        guard rest.isEmpty || rest.first == " " else { return nil }
        rest = rest.drop { $0 == " " }
        let digits = rest.prefix { $0.isNumber }
        let isNumbered = rest.dropFirst(digits.count).first.map { $0 == " " } ?? true
        if isNumbered { rest = rest.dropFirst(digits.count).drop { $0 == " " } }
        if rest.hasPrefix("- ") { rest = rest.dropFirst(2) }
        reason = ""
        var description = rest
        if let (place, word, why) = Self.directive(rest) {
            description = rest[..<place]
            directive = word
            reason = why
        }
        // Whatever else follows a bare # is a comment.
        if let comment = description.firstRange(of: " # ") {
            description = description[..<comment.lowerBound]
        }
        let name = description.trimmedSpace.replacing("\\#", with: "#")
        self.name = name.isEmpty || name == "-" ? "test \(digits)" : name
    }

    private static func directive(_ text: Substring) -> (String.Index, Substring, String)? {
        guard let mark = text.lastRange(of: "# ") ?? text.lastRange(of: "#") else { return nil }
        guard
            mark.lowerBound == text.startIndex || text[text.index(before: mark.lowerBound)] != "\\"
        else { return nil }
        let after = text[mark.upperBound...].drop { $0 == " " }
        let word = after.prefix { $0.isLetter }.lowercased()
        guard word.hasPrefix("skip") || word == "todo" else { return nil }
        return (
            mark.lowerBound, word.hasPrefix("skip") ? "skip" : "todo",
            after.drop { $0.isLetter }.trimmingRule(":")
        )
    }

    var status: TestStatus {
        switch directive {
        case "skip": isOK ? .skipped : .failed
        case "todo": isOK ? .passed : .expectedFailure
        default: isOK ? .passed : .failed
        }
    }
}
