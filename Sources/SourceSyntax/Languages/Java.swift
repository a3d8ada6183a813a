extension LanguageProfile {
    /// JUnit 3 to 5, TestNG, AssertJ, Hamcrest, Truth, Mockito.
    static let java = LanguageProfile(
        .java, extensions: ["java"],
        syntax: SyntaxKinds(
            functions: ["method_declaration", "constructor_declaration"],
            classes: [
                "class_declaration", "interface_declaration", "enum_declaration",
                "record_declaration",
            ],
            comments: ["line_comment", "block_comment"],
            strings: ["string_literal", "character_literal"],
            annotations: ["annotation", "marker_annotation"],
            handlers: ["catch_clause"],
            attempts: ["try_statement", "try_with_resources_statement"],
            loops: ["for_statement", "enhanced_for_statement", "while_statement", "do_statement"]),
        tests: jvmTests(
            namePrefixes: ["test"],
            collected: [
                .suffix("Test.java"), .suffix("Tests.java"), .suffix("TestCase.java"),
                .suffix("IT.java"), .suffix("Spec.java"), .prefix("Test"),
            ]),
        assertions: jvmAssertions())

    static func jvmTests(namePrefixes: [String], collected: [PathPattern]) -> TestVocabulary {
        TestVocabulary(
            namePrefixes: namePrefixes,
            annotations: [
                "Test", "ParameterizedTest", "RepeatedTest", "TestFactory", "TestTemplate",
                "Theory", "Property",
            ],
            markers: [
                MarkerPattern("Disabled", .skip), MarkerPattern("Ignore", .skip),
                MarkerPattern("Ignored", .skip),
                MarkerPattern("Test", .skip, argument: "enabled=false"),
                MarkerPattern("DisabledIf", .conditionalSkip),
                MarkerPattern("EnabledIf", .conditionalSkip),
                MarkerPattern("DisabledOnOs", .conditionalSkip),
                MarkerPattern("EnabledOnOs", .conditionalSkip),
                MarkerPattern("DisabledOnJre", .conditionalSkip),
                MarkerPattern("EnabledOnJre", .conditionalSkip),
                MarkerPattern("DisabledIfEnvironmentVariable", .conditionalSkip),
                MarkerPattern("EnabledIfEnvironmentVariable", .conditionalSkip),
                MarkerPattern("EnabledIfSystemProperty", .conditionalSkip),
                MarkerPattern("assumeTrue", .conditionalSkip),
                MarkerPattern("assumeFalse", .conditionalSkip),
                MarkerPattern("assumeThat", .conditionalSkip),
                MarkerPattern("TestAbortedException", .skip), MarkerPattern("SkipException", .skip),
                MarkerPattern("RetryingTest", .retry), MarkerPattern("Retry", .retry),
                MarkerPattern("Flaky", .retry),
                MarkerPattern("Timeout", .timeout),
                MarkerPattern("Test", .timeout, argument: "timeout="),
                MarkerPattern("Test", .retry, argument: "retryAnalyzer="),
                MarkerPattern("ExpectedToFail", .expectedFailure),
            ],
            rowAnnotations: ["Arguments", "CsvSourceRow"],
            listAnnotations: ["ValueSource": 0, "CsvSource": 0, "EnumSource": 0],
            collected: collected)
    }

    static func jvmAssertions() -> AssertionVocabulary {
        AssertionVocabulary(
            functions: AssertionForm.equal(
                "assertEquals", "assertArrayEquals", "assertIterableEquals", "assertLinesMatch",
                "assertContentEquals")
                + AssertionForm.notEqual("assertNotEquals")
                + AssertionForm.operands(.identical, "assertSame")
                + AssertionForm.operands(.identical, "assertNotSame", isNegated: true)
                + AssertionForm.expression("assertTrue")
                + AssertionForm.subject(.falsy, "assertFalse")
                + AssertionForm.subject(.null, "assertNull")
                + AssertionForm.subject(.notNull, "assertNotNull")
                + AssertionForm.operands(.type, "assertInstanceOf", "assertIs")
                + AssertionForm.operands(.contains, "assertContains")
                + AssertionForm.error(
                    "assertThrows", "assertThrowsExactly", "assertFailsWith", "shouldThrow")
                + AssertionForm.subject(.throwsError, "assertFails")
                + AssertionForm.subject(.noError, "assertDoesNotThrow")
                + AssertionForm.subject(.fail, "fail")
                + AssertionForm.subject(.called, "verify"),
            starters: [
                "assertThat", "assertWithMessage", "assertThatThrownBy", "assertThatCode", "expect",
            ],
            matchers: AssertionForm.equal(
                "isEqualTo", "equalTo", "hasToString", "hasValue", "is", "hasMessage", "toEqual",
                "toBe")
                + AssertionForm.notEqual("isNotEqualTo")
                + AssertionForm.operands(.identical, "isSameAs", "isSameInstanceAs")
                + AssertionForm.subject(.null, "isNull", "isEmpty", "nullValue")
                + AssertionForm.subject(
                    .notNull, "isNotNull", "isNotEmpty", "isPresent", "isNotBlank", "notNullValue",
                    "exists")
                + AssertionForm.subject(.truthy, "isTrue")
                + AssertionForm.subject(.falsy, "isFalse")
                + AssertionForm.operands(.count, "hasSize", "hasLength")
                + AssertionForm.operands(
                    .approximate, "isCloseTo", "isWithin", "closeTo", tolerance: 0)
                + AssertionForm.operands(
                    .contains, "contains", "containsExactly", "containsOnly",
                    "containsExactlyInAnyOrder", "containsEntry",
                    "containsKey", "hasMessageContaining", "startsWith", "endsWith", "hasItem",
                    "containsString")
                + AssertionForm.operands(.contains, "doesNotContain", isNegated: true)
                + AssertionForm.operands(.matches, "matches", "containsPattern")
                + AssertionForm.operands(.type, "isInstanceOf", "isExactlyInstanceOf", "instanceOf")
                + AssertionForm.operands(.greater, "isGreaterThan", "isPositive")
                + AssertionForm.operands(.greaterOrEqual, "isGreaterThanOrEqualTo", "isAtLeast")
                + AssertionForm.operands(.less, "isLessThan", "isNegative")
                + AssertionForm.operands(.lessOrEqual, "isLessThanOrEqualTo", "isAtMost")
                + AssertionForm.subject(.noError, "doesNotThrowAnyException"),
            negations: ["not", "isNot"])
    }
}
