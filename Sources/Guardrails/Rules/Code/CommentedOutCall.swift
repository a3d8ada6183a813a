internal import RunModel

/// Code that is turned into a comment.
struct CommentedOutCall: Rule {
    let metadata = RuleMetadata(
        id: "commented-out-code", category: .code, severity: .low, action: .review,
        title: "Call commented out",
        rationale: """
            A check that is commented out is gone, but looks as if it were only resting. It is the \
            quickest way to make a failing step pass.
            """,
        remedy: "Delete the code and say why, or keep it.")

    private static let files = FileFilter.sourceCode.union(.yaml).union(.makefile)
        .excluding([.documentation, .vendored, .generated, .testData])
    private static let markers = ["//", "#", "--", "/*"]

    func evaluate(_ change: ChangeSetView, into findings: inout FindingCollector) async throws {
        for file in change.files where Self.files.accepts(file) {
            guard let base = file.base.text, let head = file.head.text else { continue }
            for hunk in file.hunks where !hunk.base.isEmpty && !hunk.head.isEmpty {
                var removed: Set<String> = []
                for number in hunk.base {
                    let code = Self.trimmed(base, number)
                    if Self.isCall(code) { removed.insert(code) }
                }
                guard !removed.isEmpty else { continue }
                for number in hunk.head {
                    guard let code = Self.uncommented(Self.trimmed(head, number)) else { continue }
                    if removed.contains(code) {
                        findings.add(
                            file, at: .line(number, .head), "code that ran is now a comment")
                    }
                }
            }
        }
    }

    private static func trimmed(_ text: FileText, _ number: Int) -> String {
        let line = text.line(number).prefix(400)
        let start = line.drop { $0 == 0x20 || $0 == 0x09 }
        var end = start
        while let last = end.last, last == 0x20 || last == 0x09 { end = end.dropLast() }
        return String(decoding: end, as: UTF8.self)
    }

    private static func isCall(_ code: String) -> Bool {
        guard let open = code.firstIndex(of: "("), open != code.startIndex else {
            return code.hasPrefix("- run:") || code.hasPrefix("raise ") || code.hasPrefix("throw ")
        }
        return !markers.contains { code.hasPrefix($0) }
    }

    private static func uncommented(_ whole: String) -> String? {
        // `pass  # check()`: the comment takes the place of the statement.
        var line = whole
        for filler in ["pass ", "; ", "{} ", "return "] where whole.hasPrefix(filler) {
            line = String(whole.dropFirst(filler.count).drop { $0 == " " })
        }
        for marker in markers where line.hasPrefix(marker) {
            var code = line.dropFirst(marker.count).drop { $0 == " " || $0 == "\t" }
            if marker == "/*", code.hasSuffix("*/") { code = code.dropLast(2) }
            while code.last == " " { code = code.dropLast() }
            return String(code)
        }
        return nil
    }

    var examples: [RuleExample] {
        [
            .violating(
                "a validation", base: ["a.py": "def f(x):\n    validate(x)\n    return x\n"],
                head: ["a.py": "def f(x):\n    # validate(x)\n    return x\n"]),
            .violating(
                "JavaScript", base: ["a.js": "checkAccess(user);\nrun();\n"],
                head: ["a.js": "// checkAccess(user);\nrun();\n"]),
            .clean(
                "a comment changes", base: ["a.py": "# run f() first\nx = 1\n"],
                head: ["a.py": "# call f() first\nx = 1\n"]),
            .clean("code is deleted", base: ["a.py": "a()\nb()\n"], head: ["a.py": "b()\n"]),
        ]
    }
}
