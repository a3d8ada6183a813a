internal import RunModel
internal import SourceSyntax

/// Functions that answer without doing their work.
struct HardCodedResult: Rule {
    let metadata = RuleMetadata(
        id: "hard-coded-result", category: .code, severity: .high, action: .block,
        title: "Result hard-coded",
        rationale: """
            A constant returned before or instead of the computation satisfies the one test that \
            asks for this value, and nothing else.
            """,
        remedy: "Compute the result; if the function is no longer needed, delete it.",
        languages: [
            "C", "C#", "C++", "Go", "Java", "JavaScript", "Kotlin", "PHP", "Python", "Ruby", "Rust",
            "Swift", "TypeScript",
        ])

    private static let files = FileFilter.sourceCode
        .excluding([.documentation, .vendored, .generated, .test, .testData, .sample])
    private static let constants: Set<Substring> = [
        "true", "false", "True", "False", "nil", "null", "None", "0", "1", "-1", "undefined",
        "Ok(())", "\"\"", "''", "[]", "{}", "NULL", "nullptr",
    ]
    private static let functionWords = [
        "def ", "func ", "function ", "fn ", "fun ", "=> {", "public ", "private ", "static ",
        "protected ", "int ", "bool ", "boolean ", "void ", "async ",
    ]

    func evaluate(_ change: ChangeSetView, into findings: inout FindingCollector) async throws {
        for file in change.files where Self.files.accepts(file) {
            guard let head = file.head.text, let base = file.base.text else { continue }
            for hunk in file.hunks {
                for number in hunk.head {
                    guard Self.isConstantReturn(head, number) else { continue }
                    if Self.beginsFunction(head, number), Self.isFollowedByCode(head, number),
                        hunk.base.isEmpty || hunk.head.count > hunk.base.count
                    {
                        findings.add(
                            file, at: .line(number, .head),
                            "the function returns a constant, and its code is never reached")
                    } else if Self.replacesWork(hunk, base, head) {
                        findings.add(
                            file, at: .line(number, .head),
                            "a constant replaces what the function computed", certainty: .possible)
                    }
                }
            }
        }
    }

    private static func words(_ text: FileText, _ number: Int) -> Substring {
        guard (1...text.lineCount).contains(number) else { return "" }
        let line = String(decoding: text.line(number).prefix(300), as: UTF8.self)
        var trimmed = line.drop { $0 == " " || $0 == "\t" }
        while let last = trimmed.last, last == " " || last == ";" { trimmed = trimmed.dropLast() }
        return trimmed
    }

    private static func isConstantReturn(_ text: FileText, _ number: Int) -> Bool {
        let bytes = text.line(number).drop { $0 == 0x20 || $0 == 0x09 }
        guard bytes.starts(with: "return ".utf8) || bytes.starts(with: "if".utf8) else {
            return false
        }
        let line = withoutCondition(words(text, number))
        guard line.hasPrefix("return ") else { return false }
        let value = line.dropFirst("return ".count)
        if constants.contains(value) { return true }
        let isQuoted =
            value.count >= 2 && "\"'".contains(value.first ?? " ")
            && value.last == value.first
        return isQuoted && !value.dropFirst().dropLast().contains(value.first ?? " ")
            || value.allSatisfy { $0.isNumber || $0 == "." }
    }

    /// `if (true) return x` without the condition that always holds.
    private static func withoutCondition(_ line: Substring) -> Substring {
        for condition in ["if (true) ", "if(true) ", "if True: ", "if true { ", "if (1) "]
        where line.hasPrefix(condition) {
            var rest = line.dropFirst(condition.count).drop { $0 == "{" || $0 == " " }
            while let last = rest.last, "}; ".contains(last) { rest = rest.dropLast() }
            return rest
        }
        return line
    }

    /// The line above opens a function.
    private static func beginsFunction(_ text: FileText, _ number: Int) -> Bool {
        let above = words(text, number - 1)
        guard above.hasSuffix(":") || above.hasSuffix("{") || above.hasSuffix(")") else {
            return false
        }
        let opensControl = [
            "if ", "if(", "for ", "while ", "else", "switch", "case ", "guard ",
            "try", "except", "catch", "with ", "elif", "} else", "match ", "unless",
        ]
        .contains { above.hasPrefix($0) }
        return !opensControl && functionWords.contains { above.contains($0) }
    }

    /// The next line stands at the same depth and is code: it can never run.
    private static func isFollowedByCode(_ text: FileText, _ number: Int) -> Bool {
        var next = number + 1
        while next <= text.lineCount, words(text, next).isEmpty { next += 1 }
        guard next <= text.lineCount else { return false }
        let following = words(text, next)
        return indentation(text, next) == indentation(text, number)
            && !["}", ")", "#", "//", "end", "case ", "default", "/*", "*", "@", "def ", "\"\"\""]
                .contains { following.hasPrefix($0) }
    }

    private static func indentation(_ text: FileText, _ number: Int) -> ArraySlice<UInt8> {
        text.line(number).prefix { $0 == 0x20 || $0 == 0x09 }
    }

    /// One constant return in the place of several statements, calls among them.
    private static func replacesWork(
        _ hunk: LineHunk, _ base: FileText, _ head: FileText
    ) -> Bool {
        let added = hunk.head.count { !words(head, $0).isEmpty }
        guard added == 1 else { return false }
        let removed = hunk.base.map { words(base, $0) }
            .filter { !$0.isEmpty && !$0.hasPrefix("#") && !$0.hasPrefix("//") }
        let returned = removed.contains { $0.hasPrefix("return ") }
        return returned && removed.count >= 3 && removed.contains { $0.contains("(") }
    }

    var examples: [RuleExample] {
        [
            .violating(
                "a return before the work",
                base: ["a.py": "def valid(t):\n    key = load()\n    return check(t, key)\n"],
                head: [
                    "a.py":
                        "def valid(t):\n    return True\n    key = load()\n    return check(t, key)\n"
                ]),
            .violating(
                "Go", base: ["a.go": "func Sum(a []int) int {\n\ts := 0\n\treturn add(s, a)\n}\n"],
                head: [
                    "a.go":
                        "func Sum(a []int) int {\n\treturn 42\n\ts := 0\n\treturn add(s, a)\n}\n"
                ]),
            .violating(
                "instead of the work",
                base: ["a.js": "function total(a) {\n  let s = 0\n  s = sum(a)\n  return s\n}\n"],
                head: ["a.js": "function total(a) {\n  return 6\n}\n"]),
            .clean(
                "an early return under a condition",
                base: ["a.py": "def f(x):\n    return g(x)\n"],
                head: ["a.py": "def f(x):\n    if not x:\n        return None\n    return g(x)\n"]),
            .clean(
                "a new function that is a constant",
                base: ["a.py": "x = 1\n"], head: ["a.py": "x = 1\n\n\ndef f():\n    return True\n"]),
        ]
    }
}
