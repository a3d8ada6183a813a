extension LanguageProfile {
    /// PHPUnit, Pest.
    static let php = LanguageProfile(
        .php, extensions: ["php", "phpt"], interpreters: ["php"],
        syntax: SyntaxKinds(
            functions: ["function_definition", "method_declaration"],
            classes: ["class_declaration", "trait_declaration", "interface_declaration"],
            strings: ["string", "encapsed_string", "heredoc", "nowdoc"],
            annotations: ["attribute"], handlers: ["catch_clause"], attempts: ["try_statement"],
            loops: ["for_statement", "foreach_statement", "while_statement", "do_statement"]),
        tests: TestVocabulary(
            namePrefixes: ["test"], annotations: ["Test"],
            calls: ["it", "test"], groups: ["describe"],
            markers: [
                MarkerPattern("markTestSkipped", .skip), MarkerPattern("markTestIncomplete", .skip),
                MarkerPattern("skip", .skip), MarkerPattern("todo", .skip),
                MarkerPattern("only", .focus),
                MarkerPattern("skipOnWindows", .conditionalSkip),
                MarkerPattern("RequiresPhp", .conditionalSkip),
                MarkerPattern("RequiresOperatingSystem", .conditionalSkip),
                MarkerPattern("throwsNoExceptions", .retry),
                MarkerPattern("repeat", .retry),
            ],
            rowAnnotations: ["TestWith"], listAnnotations: ["with": 0],
            collected: [
                .suffix("Test.php"), .directory("tests"), .directory("test"), .directory("Tests"),
            ]),
        assertions: AssertionVocabulary(
            functions: AssertionForm.equal(
                "assertSame", "assertEquals", "assertEqualsCanonicalizing",
                "assertJsonStringEqualsJsonString")
                + AssertionForm.notEqual("assertNotSame", "assertNotEquals")
                + AssertionForm.expression("assertTrue")
                + AssertionForm.subject(.falsy, "assertFalse")
                + AssertionForm.subject(.null, "assertNull", "assertEmpty")
                + AssertionForm.subject(
                    .notNull, "assertNotNull", "assertNotEmpty", "assertFileExists")
                + AssertionForm.operands(.count, "assertCount")
                + AssertionForm.operands(.approximate, "assertEqualsWithDelta", tolerance: 0)
                + AssertionForm.operands(
                    .contains, "assertContains", "assertStringContainsString", "assertArrayHasKey",
                    "assertStringStartsWith")
                + AssertionForm.operands(
                    .contains, "assertNotContains", "assertArrayNotHasKey", isNegated: true)
                + AssertionForm.operands(.matches, "assertMatchesRegularExpression", "assertRegExp")
                + AssertionForm.operands(.greater, "assertGreaterThan")
                + AssertionForm.operands(.greaterOrEqual, "assertGreaterThanOrEqual")
                + AssertionForm.operands(.less, "assertLessThan")
                + AssertionForm.operands(.lessOrEqual, "assertLessThanOrEqual")
                + AssertionForm.operands(
                    .type, "assertInstanceOf", "assertIsArray", "assertIsString")
                + AssertionForm.error(
                    "expectException", "expectExceptionMessage", "expectExceptionCode")
                + AssertionForm.subject(.fail, "fail"),
            starters: ["expect"],
            matchers: AssertionForm.equal(
                "toBe", "toEqual", "toEqualCanonicalizing", "toMatchArray", "toHaveKey")
                + AssertionForm.operands(.count, "toHaveCount", "toHaveLength")
                + AssertionForm.subject(.null, "toBeNull", "toBeEmpty")
                + AssertionForm.subject(.truthy, "toBeTrue", "toBeTruthy")
                + AssertionForm.subject(.falsy, "toBeFalse", "toBeFalsy")
                + AssertionForm.operands(.contains, "toContain", "toStartWith", "toEndWith")
                + AssertionForm.operands(.matches, "toMatch")
                + AssertionForm.operands(
                    .type, "toBeInstanceOf", "toBeString", "toBeArray", "toBeInt")
                + AssertionForm.operands(.greater, "toBeGreaterThan")
                + AssertionForm.operands(.less, "toBeLessThan")
                + AssertionForm.operands(.approximate, "toEqualWithDelta", tolerance: 0)
                + AssertionForm.error("toThrow"),
            negations: ["not"]))
}
