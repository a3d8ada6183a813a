internal import RunModel

/// Handlers that catch everything and do nothing.
struct SwallowedError: PatternRule {
    let metadata = RuleMetadata(
        id: "swallowed-error", category: .code, severity: .medium, action: .block,
        title: "Error swallowed",
        rationale: """
            A handler for every error with an empty body makes a failure invisible: the test turns \
            green, and the program goes on with what it does not have. Put around code that was \
            there it blocks; around new code, whose author may know why, it is for review.
            """,
        remedy: "Catch the one error that is expected here, and say in the handler why it is none.",
        languages: [
            "C#", "C++", "Go", "Java", "JavaScript", "Kotlin", "PHP", "Python", "Ruby", "Swift",
            "TypeScript",
        ])

    private static let outside: PathTraits = [
        .documentation, .vendored, .generated, .testData, .sample,
    ]

    let patterns = [
        ContentPattern(
            "^[ \\t]*except([ \\t]*:|[ \\t]+\\(?(Base)?Exception\\b[^\\n]*:)",
            files: .python.excluding(outside), certainty: .possible,
            isCertain: WrappedCode.isWrapped, confirm: Self.emptyPython),
        ContentPattern(
            "\\bsuppress\\([ \\t]*(Base)?Exception[ \\t]*\\)", files: .python.excluding(outside),
            certainty: .possible, isCertain: WrappedCode.isWrapped, confirm: Self.unlessComment),
        ContentPattern(
            "\\.catch\\([ \\t]*(\\([^)\\n]*\\)|[a-z_]+)[ \\t]*=>[ \\t]*(\\{[ \\t]*\\}|null|undefined|void 0)[ \\t]*\\)|\\.catch\\([ \\t]*function[ \\t]*\\([^)\\n]*\\)[ \\t]*\\{[ \\t]*\\}[ \\t]*\\)",
            files: .javaScript.excluding(outside), certainty: .possible,
            isCertain: WrappedCode.isWrapped, confirm: Self.unlessComment),
        ContentPattern(
            "\\bcatch\\b[^\\n{]*\\{[ \\t]*\\}",
            files: .javaScript.union(.swift).union(.php)
                .excluding(outside), certainty: .possible, isCertain: WrappedCode.isWrapped,
            confirm: Self.unlessComment),
        ContentPattern(
            "\\bcatch[ \\t]*(\\([ \\t]*(final[ \\t]+)?(\\.\\.\\.|(System\\.)?Exception|Throwable|std::exception|RuntimeException|e:[ \\t]*(Exception|Throwable))[^\\n{]*\\)[ \\t]*)?\\{[ \\t]*\\}",
            files: .java.union(.cSharp).union(.cFamily).excluding(outside),
            certainty: .possible, isCertain: WrappedCode.isWrapped, confirm: Self.unlessComment),
        ContentPattern(
            "\\bcatch\\b[^\\n{]*\\{[ \\t]*$",
            files: .javaScript.union(.swift).union(.php).excluding(outside),
            certainty: .possible, isCertain: WrappedCode.isWrapped, confirm: { Self.emptyBlock($0) }
        ),
        ContentPattern(
            "\\bcatch[ \\t]*(\\([ \\t]*(final[ \\t]+)?(\\.\\.\\.|(System\\.)?Exception|Throwable|e:[ \\t]*(Exception|Throwable))[^\\n{]*\\)[ \\t]*)?\\{[ \\t]*$",
            files: .java.union(.cSharp).union(.cFamily).excluding(outside),
            certainty: .possible, isCertain: WrappedCode.isWrapped, confirm: { Self.emptyBlock($0) }
        ),
        ContentPattern(
            "^[ \\t]*if[ \\t]+err[ \\t]*!=[ \\t]*nil[ \\t]*\\{[ \\t]*(\\}|$)",
            files: .go.excluding(outside), confirm: { Self.emptyBlock($0) }),
        ContentPattern(
            "\\brescue([ \\t]+(StandardError|Exception)([ \\t]*=>[ \\t]*[a-z_]+)?)?[ \\t]*(;[ \\t]*end|$)",
            files: .ruby.excluding(outside), certainty: .possible, isCertain: WrappedCode.isWrapped,
            confirm: Self.emptyRuby),
        ContentPattern(
            "\\brescue[ \\t]+nil\\b|\\)[ \\t]*rescue[ \\t]+(false|true)\\b",
            files: .ruby.excluding(outside), certainty: .possible, confirm: Self.unlessComment),
    ]

    func message(for match: ContentMatch) -> String { "every error is caught and none is handled" }

    func evaluate(_ change: ChangeSetView, into findings: inout FindingCollector) async throws {
        for match in change.matches(of: metadata.id) {
            findings.add(
                match.file, at: .line(match.line, match.side), message(for: match),
                evidence: match.evidence, certainty: match.certainty)
        }
        for file in change.files where file.traits.isDisjoint(with: Self.outside) {
            guard let head = file.head.text, FileFilter.sourceCode.accepts(file) else { continue }
            for hunk in file.hunks where hunk.head.isEmpty && !hunk.base.isEmpty {
                let above = hunk.head.lowerBound - 1
                guard above >= 1, above < head.lineCount,
                    Self.opensHandler(head.string(ofLine: above)),
                    head.string(ofLine: above + 1).drop(while: { " \t".contains($0) })
                        .hasPrefix("}")
                else { continue }
                let gone = hunk.base.prefix(3).compactMap { file.base.text?.string(ofLine: $0) }
                findings.add(
                    file, at: .line(above, .head), "what the handler did is taken away",
                    certainty: gone.allSatisfy(Self.handlesNothing) ? .possible : .certain)
            }
        }
    }

    /// A handler that only gave back a constant did not tell of the error either.
    private static func handlesNothing(_ line: String) -> Bool {
        let text = line.filter { !" \t;{}".contains($0) }
        return [
            "", "return", "return0", "returnnull", "returnnil", "returnfalse", "returnundefined",
        ]
        .contains(text)
    }

    /// `if err != nil {` and `catch (...) {`.
    private static func opensHandler(_ line: String) -> Bool {
        guard line.hasSuffix("{") else { return false }
        return line.contains("if err != nil") || line.contains("catch ") || line.contains("catch(")
    }

    private static func unlessComment(_ candidate: ContentCandidate) -> Range<Int>? {
        candidate.isComment ? nil : candidate.wholeLine
    }

    /// The next line with content, trimmed; comments are content, for they may give the reason.
    private static func next(_ candidate: ContentCandidate) -> String? {
        var number = candidate.line + 1
        while number <= min(candidate.text.lineCount, candidate.line + 3) {
            let line = candidate.text.string(ofLine: number).drop { $0 == " " || $0 == "\t" }
            if !line.isEmpty { return String(line) }
            number += 1
        }
        return nil
    }

    private static func emptyPython(_ candidate: ContentCandidate) -> Range<Int>? {
        let tail = candidate.string.split(separator: ":").last.map(String.init) ?? ""
        let sameLine = tail.split(separator: " ").joined()
        let body = sameLine.isEmpty || candidate.string.hasSuffix(":") ? next(candidate) : tail
        let words = (body ?? "").split(separator: " ").joined(separator: " ")
        return ["pass", "...", "continue", "return", "return None", "return True"].contains(words)
            ? candidate.wholeLine : nil
    }

    private static func emptyBlock(_ candidate: ContentCandidate) -> Range<Int>? {
        if candidate.isComment { return nil }
        if candidate.string.hasSuffix("}") { return candidate.wholeLine }
        return next(candidate)?.hasPrefix("}") == true ? candidate.wholeLine : nil
    }

    private static func emptyRuby(_ candidate: ContentCandidate) -> Range<Int>? {
        if candidate.isComment { return nil }
        if candidate.string.hasSuffix("end") { return candidate.wholeLine }
        let body = next(candidate) ?? ""
        return body == "end" || body == "nil" ? candidate.wholeLine : nil
    }

    var examples: [RuleExample] {
        [
            .violating(
                "Python", base: ["a.py": "def f():\n    g()\n"],
                head: [
                    "a.py": "def f():\n    try:\n        g()\n    except Exception:\n        pass\n"
                ]),
            .violating("JavaScript", head: ["a.js": "try { f() } catch (e) {}\n"]),
            .violating(
                "Java",
                head: ["A.java": "try { f(); } catch (Exception e) {\n}\n"]),
            .violating("Go", head: ["a.go": "if err != nil {\n}\n"]),
            .violating(
                "Ruby", head: ["a.rb": "begin\n  f\nrescue => e\nend\nbegin\n  f\nrescue\nend\n"]),
            .clean(
                "one expected error",
                head: ["a.py": "try:\n    f()\nexcept FileNotFoundError:\n    pass\n"]),
            .clean(
                "it is handled",
                head: ["a.py": "try:\n    f()\nexcept Exception as e:\n    log(e)\n    raise\n"]),
            .clean(
                "the handler gives a reason",
                head: ["a.ts": "try { f() } catch {\n  // the cache is optional\n}\n"]),
        ]
    }
}
