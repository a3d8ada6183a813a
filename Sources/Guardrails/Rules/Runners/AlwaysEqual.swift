internal import RunModel
internal import SourceSyntax

/// Comparisons that answer without comparing.
struct AlwaysEqual: Rule {
    let metadata = RuleMetadata(
        id: "always-equal", category: .runners, severity: .critical, action: .block,
        title: "Object that is equal to everything",
        rationale: """
            An assertion asks the object whether it is equal. One whose comparison returns a \
            constant passes every assertion of every test.
            """,
        remedy: "Compare the fields that make two values the same.",
        languages: TestLanguages.all)

    /// Comparisons that are values instead of functions.
    let patterns = [
        ContentPattern(
            "\\b__(eq|ne|lt|le|gt|ge|contains)__[ \\t]*=[ \\t]*lambda[^:\\n]*:[ \\t]*(True|False)\\b",
            files: .python.excluding(.documentation)),
        // What mocks compare with, as an answer of the code itself.
        ContentPattern(
            "\\b(return|yield)[ \\t]+(unittest\\.)?(mock\\.)?ANY\\b",
            files: .python.excluding([.test, .documentation]),
            confirm: { candidate in
                let importing = (1...min(candidate.text.lineCount, 80)).contains {
                    let line = candidate.text.line($0).prefix(200)
                    return String(decoding: line, as: UTF8.self).contains("mock")
                }
                return importing && !candidate.isComment ? candidate.wholeLine : nil
            }),
        ContentPattern(
            "\\b(equals|isEqual|asymmetricMatch)[ \\t]*[:=][ \\t]*(\\([^)\\n]*\\)|[a-z_]+)[ \\t]*=>[ \\t]*(true|false)\\b",
            files: .javaScript.excluding(.documentation)),
        ContentPattern(
            "operator[ \\t]*[=!]=[ \\t]*\\([^\\n]*\\{[ \\t]*return[ \\t]+(true|false|0|1)[ \\t]*;[ \\t]*\\}",
            files: .cFamily.excluding([.documentation, .vendored])),
        ContentPattern(
            "def[ \\t]+(==|!=|eql\\?|equal\\?)[ \\t]*(\\([^)\\n]*\\))?[ \\t]*=[ \\t]*(true|false)\\b",
            files: .ruby.excluding(.documentation)),
        ContentPattern(
            "fun[ \\t]+(equals|compareTo)\\([^\\n]*=[ \\t]*(true|false|0)[ \\t]*$",
            files: .java.excluding(.documentation)),
    ]

    private static let names: Set<String> = [
        "__eq__", "__ne__", "__lt__", "__le__", "__gt__", "__ge__", "__contains__", "equals",
        "Equals", "Equal", "eq", "ne", "isEqual", "isEqualTo", "==", "!=", "eql?", "equal?",
        "operator==", "operator", "compareTo", "CompareTo", "asymmetricMatch", "===",
    ]
    private static let hints = BytePatternSet([
        "__eq__", "__ne__", "__lt__", "__le__", "__gt__", "__ge__", "__contains__", "equals",
        "Equal", "eq(", "ne(", "eq<", "eql?", "equal?", "compareTo", "CompareTo",
        "asymmetricMatch", "operator==", "operator ==", "operator!=", "operator !=",
        "operator<(", "operator <(", "operator>(", "operator >(", "def ==", "def !=", "def <",
        "func ==", "func !=", "func <", "func >",
    ])
    private static let constants: Set<String> = [
        "true", "false", "True", "False", "YES", "NO", "0", "1", "null", "nil", "None",
    ]
    /// What may stand around the constant of such a body.
    private static let frame: Set<String> = ["return", "end", "then", "begin", "do"]
    private static let commentBegins = BytePatternSet(["/*", "\"\"\"", "'''", "=begin"])
    /// Lines of code below the head of a function in which the constant (or a comment of several
    /// lines, which may hide it) must stand.
    private static let bodyLines = 6

    /// Whether the file is worth parsing: the name of a comparison that is not called on something,
    /// with a constant soon after.
    private static func mayAnswerAlways(_ text: FileText) -> Bool {
        var found = false
        hints.visit(text.bytes) { offset in
            guard mayBeDefinition(text.bytes, offset) else { return true }
            found = hasConstant(text, below: text.lineNumber(atOffset: offset))
            return !found
        }
        return found
    }

    /// Whether the name at an offset is one of ``names`` and not called on something.
    private static func mayBeDefinition(_ bytes: [UInt8], _ offset: Int) -> Bool {
        var start = offset
        while start > 0, isNameByte(bytes[start - 1]) { start -= 1 }
        if start > 0, bytes[start - 1] == UInt8(ascii: ".") { return false }
        var end = start
        while end < bytes.count, isNameByte(bytes[end]) || bytes[end] == UInt8(ascii: "?") {
            end += 1
        }
        let name = String(decoding: bytes[start..<end].prefix(40), as: UTF8.self)
        return names.contains(name) || ["def", "func", "operator"].contains(name)
    }

    private static func hasConstant(_ text: FileText, below first: Int) -> Bool {
        var left = bodyLines
        var number = first
        while number <= text.lineCount, left > 0 {
            let line = text.line(number).drop { $0 == 0x20 || $0 == 0x09 }
            defer { number += 1 }
            if line.isEmpty || line.starts(with: "#".utf8) || line.starts(with: "//".utf8) {
                continue
            }
            if commentBegins.isAny(in: Array(line)) { return true }
            let words = line.split { !isNameByte($0) }.map { String(decoding: $0, as: UTF8.self) }
                .filter { !frame.contains($0) }
            // On the line of the head other words come first.
            let decisive = number == first ? words.suffix(1) : words[...]
            if decisive.count == 1, constants.contains(decisive[decisive.startIndex]) {
                return true
            }
            left -= 1
        }
        return false
    }

    private static func isNameByte(_ byte: UInt8) -> Bool {
        byte == 0x5F || byte &- 0x30 < 10 || (byte | 0x20) &- 0x61 < 26
    }

    func evaluate(_ change: ChangeSetView, into findings: inout FindingCollector) async throws {
        var written: [String: Set<Int>] = [:]
        for match in change.matches(of: metadata.id) {
            written[match.file.path, default: []].insert(match.line)
            findings.add(
                match.file, at: .line(match.line, match.side),
                "the comparison always gives the same answer")
        }
        for file in change.files where file.traits.isDisjoint(with: [.vendored, .documentation]) {
            guard file.addedLineCount > 0, let text = file.head.text, !text.isBinary,
                Self.mayAnswerAlways(text),
                LanguageCatalog.profile(path: file.path) != nil
            else { continue }
            guard let census = try? TestAnalysis.census(of: file, .head, in: change).get() else {
                // The engine's bounds speak for files that are too large; broken ones have no tree.
                continue
            }
            let before = try? TestAnalysis.census(of: file, .base, in: change).get()
            let known = Set((before?.symbols ?? []).filter { $0.constantResult != nil }.map(\.name))
            for symbol in census.symbols where Self.names.contains(symbol.name) {
                guard let value = symbol.constantResult, !known.contains(symbol.name),
                    written[file.path]?.contains(symbol.line) != true
                else {
                    continue
                }
                findings.add(
                    file, at: .line(symbol.line, .head),
                    "`\(symbol.name)` always answers \(value)")
            }
        }
    }

    var examples: [RuleExample] {
        [
            .violating(
                "Python",
                head: [
                    "calc/value.py":
                        "class Value:\n    def __eq__(self, other):\n        return True\n"
                ]),
            .violating(
                "JavaScript",
                head: [
                    "src/value.js": "class Value {\n  equals(other) {\n    return true;\n  }\n}\n"
                ]),
            .violating(
                "Java",
                head: [
                    "src/main/java/Value.java":
                        "class Value {\n  @Override\n  public boolean equals(Object other) {\n    return true;\n  }\n}\n"
                ]),
            .violating(
                "Go",
                head: [
                    "value.go":
                        "package calc\n\nfunc (v Value) Equal(other Value) bool {\n\treturn true\n}\n"
                ]),
            .violating(
                "Rust",
                head: [
                    "src/value.rs":
                        "impl PartialEq for Value {\n    fn eq(&self, _: &Self) -> bool {\n        true\n    }\n}\n"
                ]),
            .violating(
                "C#",
                head: [
                    "Value.cs":
                        "class Value {\n  public override bool Equals(object other) => true;\n}\n"
                ]),
            .violating(
                "Ruby",
                head: ["lib/value.rb": "class Value\n  def ==(other)\n    true\n  end\nend\n"]),
            .violating(
                "Swift",
                head: [
                    "Sources/Value.swift":
                        "struct Value: Equatable {\n    static func == (left: Value, right: Value) -> Bool { true }\n}\n"
                ]),
            .clean(
                "fields are compared",
                head: [
                    "calc/value.py":
                        "class Value:\n    def __eq__(self, other):\n        return self.a == other.a\n"
                ]),
            .clean(
                "it was so before",
                base: [
                    "calc/any.py": "class Any:\n    def __eq__(self, other):\n        return True\n"
                ],
                head: [
                    "calc/any.py":
                        "class Any:\n    def __eq__(self, other):\n        return True\n\n\nANY = Any()\n"
                ]),
        ]
    }
}
