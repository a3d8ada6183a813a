extension LanguageProfile {
    /// kotlin.test, JUnit, Kotest.
    static let kotlin = LanguageProfile(
        .kotlin, extensions: ["kt", "kts"],
        syntax: SyntaxKinds(
            functions: ["function_declaration"],
            classes: ["class_declaration", "object_declaration"],
            comments: ["line_comment", "multiline_comment", "comment"],
            strings: [
                "string_literal", "line_string_literal", "multi_line_string_literal",
                "character_literal",
            ],
            annotations: ["annotation"], handlers: ["catch_block"], attempts: ["try_expression"],
            loops: ["for_statement", "while_statement", "do_while_statement"]),
        tests: kotlinTests(),
        assertions: kotlinAssertions())

    private static func kotlinTests() -> TestVocabulary {
        var tests = jvmTests(
            namePrefixes: [],
            collected: [
                .suffix("Test.kt"), .suffix("Tests.kt"), .suffix("Spec.kt"), .suffix("IT.kt"),
                .prefix("Test"),
            ])
        tests.calls = ["test", "should", "it", "xtest", "xit", "xshould"]
        tests.groups = ["describe", "context", "xdescribe", "xcontext"]
        tests.markers += [
            MarkerPattern("xtest", .skip), MarkerPattern("xit", .skip),
            MarkerPattern("xshould", .skip),
            MarkerPattern("xdescribe", .skip), MarkerPattern("xcontext", .skip),
            MarkerPattern("config", .skip, argument: "enabled=false"),
        ]
        return tests
    }

    private static func kotlinAssertions() -> AssertionVocabulary {
        var assertions = jvmAssertions()
        assertions.infix =
            AssertionForm.equal("shouldBe", "shouldBeEqual", "shouldBeEqualTo")
            + AssertionForm.notEqual("shouldNotBe")
            + AssertionForm.operands(
                .contains, "shouldContain", "shouldStartWith", "shouldEndWith",
                "shouldContainExactly")
            + AssertionForm.operands(.matches, "shouldMatch")
            + AssertionForm.operands(.count, "shouldHaveSize")
            + AssertionForm.operands(.greater, "shouldBeGreaterThan")
            + AssertionForm.operands(.less, "shouldBeLessThan")
            + AssertionForm.subject(.null, "shouldBeNull", "shouldBeEmpty")
            + AssertionForm.subject(.notNull, "shouldNotBeNull")
            + AssertionForm.subject(.truthy, "shouldBeTrue")
            + AssertionForm.subject(.falsy, "shouldBeFalse")
        return assertions
    }
}
