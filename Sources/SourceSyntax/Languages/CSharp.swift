extension LanguageProfile {
    /// xUnit, NUnit, MSTest, FluentAssertions, Shouldly.
    static let csharp = LanguageProfile(
        .csharp, extensions: ["cs"],
        syntax: SyntaxKinds(
            functions: [
                "method_declaration", "constructor_declaration", "local_function_statement",
            ],
            classes: [
                "class_declaration", "struct_declaration", "record_declaration",
                "interface_declaration",
            ],
            strings: [
                "string_literal", "verbatim_string_literal", "raw_string_literal",
                "interpolated_string_expression",
                "character_literal",
            ],
            annotations: ["attribute"], handlers: ["catch_clause"], attempts: ["try_statement"],
            loops: ["for_statement", "foreach_statement", "while_statement", "do_statement"]),
        tests: TestVocabulary(
            annotations: [
                "Fact", "Theory", "Test", "TestCase", "TestCaseSource", "TestMethod",
                "DataTestMethod",
            ],
            markers: [
                MarkerPattern("Fact", .skip, argument: "Skip="),
                MarkerPattern("Theory", .skip, argument: "Skip="),
                MarkerPattern("InlineData", .skip, argument: "Skip="),
                MarkerPattern("Ignore", .skip), MarkerPattern("Explicit", .skip),
                MarkerPattern("Assert.Ignore", .skip), MarkerPattern("Assert.Inconclusive", .skip),
                MarkerPattern("Assert.Skip", .skip), MarkerPattern("Skip.If", .conditionalSkip),
                MarkerPattern("Assert.SkipWhen", .conditionalSkip),
                MarkerPattern("Assert.SkipUnless", .conditionalSkip),
                MarkerPattern("SkippableFact", .conditionalSkip),
                MarkerPattern("Platform", .conditionalSkip),
                MarkerPattern("Retry", .retry), MarkerPattern("Timeout", .timeout),
                MarkerPattern("CancelAfter", .timeout),
                MarkerPattern("Fact", .timeout, argument: "Timeout="),
            ],
            rowAnnotations: ["InlineData", "TestCase", "DataRow"],
            collected: [
                .suffix("Test.cs"), .suffix("Tests.cs"), .contains("Test"), .contains("Spec"),
                .directory("test"), .directory("tests"),
            ]),
        assertions: AssertionVocabulary(
            functions: AssertionForm.equal("Equal", "AreEqual", "StrictEqual", "Equivalent")
                + AssertionForm.notEqual("NotEqual", "AreNotEqual")
                + AssertionForm.operands(.identical, "Same", "AreSame")
                + AssertionForm.operands(.identical, "NotSame", "AreNotSame", isNegated: true)
                + AssertionForm.expression("True", "IsTrue")
                + AssertionForm.subject(.falsy, "False", "IsFalse")
                + AssertionForm.subject(.null, "Null", "IsNull", "Empty", "IsEmpty")
                + AssertionForm.subject(.notNull, "NotNull", "IsNotNull", "NotEmpty", "IsNotEmpty")
                + AssertionForm.subject(.count, "Single")
                + AssertionForm.operands(.contains, "Contains", "StartsWith", "EndsWith")
                + AssertionForm.operands(.contains, "DoesNotContain", isNegated: true)
                + AssertionForm.operands(.matches, "Matches")
                + AssertionForm.operands(
                    .approximate, "InRange", "AreApproximatelyEqual", tolerance: 0)
                + AssertionForm.subject(
                    .type, "IsType", "IsAssignableFrom", "IsInstanceOf", "IsInstanceOfType")
                + AssertionForm.error(
                    "Throws", "ThrowsAsync", "ThrowsAny", "ThrowsAnyAsync", "ThrowsException",
                    "Catch")
                + AssertionForm.subject(.noError, "DoesNotThrow", "DoesNotThrowAsync")
                + AssertionForm.subject(.fail, "Fail"),
            receivers: [
                "Assert", "CollectionAssert", "StringAssert", "FileAssert", "ClassicAssert",
            ],
            starters: ["That"],
            matchers: AssertionForm.equal("EqualTo", "Be", "BeEquivalentTo", "ShouldBe", "SameAs")
                + AssertionForm.notEqual("NotBe", "ShouldNotBe")
                + AssertionForm.subject(.null, "Null", "BeNull", "BeEmpty", "Empty")
                + AssertionForm.subject(.notNull, "NotBeNull", "NotBeEmpty")
                + AssertionForm.subject(.truthy, "True", "BeTrue")
                + AssertionForm.subject(.falsy, "False", "BeFalse")
                + AssertionForm.operands(.count, "HaveCount", "Count")
                + AssertionForm.operands(
                    .approximate, "BeApproximately", "BeCloseTo", "Within", tolerance: 0)
                + AssertionForm.operands(
                    .contains, "Contain", "StartWith", "EndWith", "Contains", "Member")
                + AssertionForm.operands(.matches, "Match", "MatchRegex")
                + AssertionForm.operands(.greater, "BeGreaterThan", "GreaterThan")
                + AssertionForm.operands(.less, "BeLessThan", "LessThan")
                + AssertionForm.subject(.type, "BeOfType", "TypeOf", "InstanceOf", "BeAssignableTo")
                + AssertionForm.error("Throw", "ThrowAsync", "ThrowExactly", "Throws")
                + AssertionForm.subject(.noError, "NotThrow", "NotThrowAsync"),
            negations: ["Not"],
            infix: AssertionForm.equal("Be", "BeEquivalentTo", "ShouldBe")
                + AssertionForm.notEqual("NotBe", "ShouldNotBe")
                + AssertionForm.subject(.null, "BeNull", "BeEmpty", "ShouldBeNull")
                + AssertionForm.subject(.notNull, "NotBeNull", "NotBeEmpty", "ShouldNotBeNull")
                + AssertionForm.subject(.truthy, "BeTrue", "ShouldBeTrue")
                + AssertionForm.subject(.falsy, "BeFalse", "ShouldBeFalse")
                + AssertionForm.operands(.count, "HaveCount")
                + AssertionForm.operands(.approximate, "BeApproximately", "BeCloseTo", tolerance: 0)
                + AssertionForm.operands(
                    .contains, "Contain", "ShouldContain", "StartWith", "EndWith")
                + AssertionForm.operands(.greater, "BeGreaterThan")
                + AssertionForm.operands(.less, "BeLessThan")
                + AssertionForm.subject(.type, "BeOfType")
                + AssertionForm.error("Throw", "ThrowAsync", "ThrowExactly")
                + AssertionForm.subject(.noError, "NotThrow", "NotThrowAsync")))
}
