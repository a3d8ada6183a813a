internal import RunModel

/// Skips that go by another name: what stands on the test does not look like one.
struct TestSkipAliased: PatternRule {
    let metadata = RuleMetadata(
        id: "test-skip-aliased", category: .tests, severity: .high, action: .block,
        title: "Skip under another name",
        rationale: """
            An annotation, attribute, trait or alias of the project that stands for a skip takes \
            every test out that bears it, and the test reads as if it had a label.
            """,
        remedy: "Mark a test that cannot run somewhere with the framework's own condition.",
        languages: ["Java", "Kotlin", "C#", "Swift", "Ruby", "JavaScript", "TypeScript"])

    private static func alias(
        _ expression: String, _ files: FileFilter,
        onlyIf: @escaping @Sendable (ContentCandidate) -> Bool = { _ in true },
        isConditional: @escaping @Sendable (ContentCandidate) -> Bool = { _ in false }
    ) -> ContentPattern {
        ContentPattern(
            expression, files: files.excluding([.documentation, .vendored]), certainty: .possible,
            isCertain: { !isConditional($0) },
            confirm: { $0.isComment || !onlyIf($0) ? nil : $0.wholeLine })
    }

    /// What an annotation stands on is the definition of another one.
    private static func isOnAnnotation(_ candidate: ContentCandidate) -> Bool {
        for line in candidate.lines(1...8) {
            if line.contains("@interface") || line.contains("annotation class") { return true }
            if line.contains("{") || line.contains("class ") || line.contains(";") { return false }
        }
        return false
    }

    /// `Skip = ...` in a class that is a fact or a theory itself.
    private static func isInAttribute(_ candidate: ContentCandidate) -> Bool {
        let types = candidate.lines(-15...0).filter { $0.contains("class ") }
        return ["FactAttribute", "TheoryAttribute", "TestAttribute", "TestMethodAttribute"]
            .contains { types.last?.contains($0) == true }
    }

    private static func hasCondition(_ candidate: ContentCandidate) -> Bool {
        candidate.lines(-3...0).contains { $0.contains("if ") || $0.contains("if(") }
            || candidate.string.contains("?")
    }

    let patterns = [
        alias("@([a-z.]*\\.)?(Disabled|Ignore|Ignored)\\b", .java, onlyIf: isOnAnnotation),
        alias(
            "\\btypealias[ \\t]+[A-Za-z_]+[ \\t]*=[ \\t]*[A-Za-z_.]*\\b(Ignore|Disabled)\\b", .java),
        alias("^import[ \\t]+[a-zA-Z_.]+\\.(Ignore|Disabled)[ \\t]+as[ \\t]", .java),
        alias("^using[ \\t]+[A-Za-z_]+[ \\t]*=[^\\n]*\\b(Ignore|Explicit)(Attribute)?;", .cSharp),
        alias("\\bSkip[ \\t]*=[^=>]", .cSharp, onlyIf: isInAttribute, isConditional: hasCondition),
        alias(
            "\\.(disabled|enabled)\\(", .swift,
            onlyIf: { candidate in
                candidate.lines(-2...0).contains {
                    $0.contains("static var ") || $0.contains("static let ")
                        || $0.contains("static func ")
                }
            },
            isConditional: {
                $0.string.contains("if:") && !$0.string.contains("if: false")
                    || $0.string.contains("enabled()")
            }),
        alias(
            "\\balias(_method)?[ \\t(]+:?(it|specify|test|example)\\b[, \\t]+:?(xit|skip|pending|xspecify|xexample)\\b",
            .ruby),
        alias(
            "\\b(const|let|var)[ \\t]+[A-Za-z_]+[ \\t]*=[^\\n]*\\b(it|test|describe|suite)\\.(skip|todo|failing|fails)\\b",
            .javaScript,
            isConditional: { $0.string.contains("?") || $0.string.contains("&&") }),
    ]

    func message(for match: ContentMatch) -> String {
        "whatever bears this name is skipped"
    }

    var examples: [RuleExample] {
        [
            .violating(
                "an annotation of the project",
                head: [
                    "src/test/java/Slow.java":
                        "@Retention(RetentionPolicy.RUNTIME)\n@Disabled\npublic @interface Slow {}\n"
                ]),
            .violating(
                "another name by an alias",
                head: ["src/test/kotlin/Aliases.kt": "typealias Slow = org.junit.Ignore\n"]),
            .violating(
                "an attribute of the project",
                head: [
                    "tests/SlowFact.cs":
                        "public sealed class SlowFactAttribute : FactAttribute\n{\n    public SlowFactAttribute() { Skip = \"slow\"; }\n}\n"
                ]),
            .violating(
                "a trait of the project",
                head: [
                    "Tests/CalcTests/Traits.swift":
                        "extension Trait where Self == ConditionTrait {\n    static var slow: Self { .disabled(\"slow\") }\n}\n"
                ]),
            .violating(
                "another name for a function",
                head: ["test/helper.js": "export const slow = it.skip;\n"]),
            .clean(
                "an annotation that names",
                head: [
                    "src/test/java/Fast.java":
                        "@Retention(RetentionPolicy.RUNTIME)\n@Tag(\"fast\")\npublic @interface Fast {}\n"
                ]),
            .clean(
                "a setting that is called so",
                head: ["src/Page.cs": "class Page\n{\n    int Skip = 0;\n}\n"]),
        ]
    }
}
