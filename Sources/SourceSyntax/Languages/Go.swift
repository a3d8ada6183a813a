extension LanguageProfile {
    /// testing, testify, gomega, gocheck.
    static let go = LanguageProfile(
        .go, extensions: ["go"],
        syntax: SyntaxKinds(
            functions: ["function_declaration", "method_declaration"], classes: [],
            strings: ["interpreted_string_literal", "raw_string_literal", "rune_literal"],
            loops: ["for_statement"]),
        tests: TestVocabulary(
            namePrefixes: ["Test", "Fuzz", "Example"], upperAfterPrefix: true,
            calls: ["It", "FIt", "PIt", "XIt"], groups: ["Describe", "Context", "FDescribe"],
            receivers: ["t", "s", "suite", "tt", "ginkgo"],
            markers: [
                MarkerPattern("Skip", .skip), MarkerPattern("Skipf", .skip),
                MarkerPattern("SkipNow", .skip), MarkerPattern("PIt", .skip),
                MarkerPattern("XIt", .skip),
                MarkerPattern("FIt", .focus), MarkerPattern("FDescribe", .focus),
            ],
            collected: [.suffix("_test.go")]),
        assertions: AssertionVocabulary(
            functions: AssertionForm.equal(
                "Equal", "Equalf", "EqualValues", "Exactly", "JSONEq", "ElementsMatch", "Same",
                "EqualError",
                skipped: 1)
                + AssertionForm.notEqual("NotEqual", "NotEqualf", "NotSame", skipped: 1)
                + AssertionForm.expression("True", "Truef", "Condition", skipped: 1)
                + AssertionForm.subject(.falsy, "False", "Falsef", skipped: 1)
                + AssertionForm.subject(.null, "Nil", "Nilf", "Empty", "Zero", skipped: 1)
                + AssertionForm.subject(
                    .notNull, "NotNil", "NotNilf", "NotEmpty", "NotZero", skipped: 1)
                + AssertionForm.subject(.noError, "NoError", "NoErrorf", "NotPanics", skipped: 1)
                + AssertionForm.subject(.truthy, "Error", "Errorf", skipped: 1)
                + AssertionForm.operands(.count, "Len", "Lenf", skipped: 1)
                + AssertionForm.operands(
                    .approximate, "InDelta", "InDeltaf", "InEpsilon", "WithinDuration", skipped: 1,
                    tolerance: 0)
                + AssertionForm.operands(
                    .contains, "Contains", "Containsf", "Subset", "ErrorContains", skipped: 1)
                + AssertionForm.operands(.contains, "NotContains", skipped: 1, isNegated: true)
                + AssertionForm.operands(.matches, "Regexp", skipped: 1)
                + AssertionForm.operands(.greater, "Greater", skipped: 1)
                + AssertionForm.operands(.greaterOrEqual, "GreaterOrEqual", skipped: 1)
                + AssertionForm.operands(.less, "Less", skipped: 1)
                + AssertionForm.operands(.lessOrEqual, "LessOrEqual", skipped: 1)
                + AssertionForm.operands(.type, "IsType", "Implements", skipped: 1)
                + AssertionForm.operands(
                    .throwsError, "ErrorIs", "ErrorAs", "PanicsWithError", "PanicsWithValue",
                    skipped: 1)
                + AssertionForm.subject(.throwsError, "Panics", skipped: 1),
            receivers: ["assert", "require", "is", "s", "suite", "a", "r", "must", ")"],
            starters: ["Expect", "Ω"],
            matchers: AssertionForm.equal("Equal", "BeEquivalentTo", "DeepEquals", "Equals")
                + AssertionForm.subject(.null, "BeNil", "BeEmpty", "BeZero")
                + AssertionForm.subject(.truthy, "BeTrue", "HaveOccurred", "Succeed")
                + AssertionForm.subject(.falsy, "BeFalse")
                + AssertionForm.operands(.contains, "ContainElement", "ContainSubstring", "HaveKey")
                + AssertionForm.operands(.count, "HaveLen")
                + AssertionForm.operands(.matches, "MatchRegexp", "MatchError"),
            negations: ["NotTo", "ToNot", "ShouldNot"]))
}
