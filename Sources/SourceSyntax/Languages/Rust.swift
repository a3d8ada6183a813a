extension LanguageProfile {
    /// The built-in harness, rstest, tokio, test-case, proptest, insta.
    static let rust = LanguageProfile(
        .rust, extensions: ["rs"],
        syntax: SyntaxKinds(
            functions: ["function_item"],
            classes: ["mod_item", "impl_item", "struct_item", "enum_item", "trait_item"],
            comments: ["line_comment", "block_comment"],
            strings: ["string_literal", "raw_string_literal", "char_literal"],
            annotations: ["attribute_item", "inner_attribute_item"],
            loops: ["for_expression", "while_expression", "loop_expression"]),
        tests: TestVocabulary(
            annotations: [
                "test", "rstest", "test_case", "wasm_bindgen_test", "quickcheck", "proptest",
                "traced_test",
            ],
            markers: [
                MarkerPattern("ignore", .skip),
                MarkerPattern("cfg_attr", .conditionalSkip, argument: "ignore"),
                MarkerPattern("cfg", .conditionalSkip, argument: "any()"),
                MarkerPattern("cfg", .conditionalSkip, argument: "FALSE"),
                MarkerPattern("cfg", .conditionalSkip, argument: "feature="),
                MarkerPattern("cfg", .conditionalSkip, argument: "not(test)"),
                MarkerPattern("timeout", .timeout), MarkerPattern("flaky_test", .retry),
            ],
            rowAnnotations: ["case", "test_case"], listAnnotations: ["values": -1],
            collected: [
                .directory("tests"), .suffix("tests.rs"), .suffix("test.rs"), .suffix(".rs"),
            ]),
        assertions: AssertionVocabulary(
            functions: AssertionForm.equal("assert_eq", "debug_assert_eq", "assert_str_eq")
                + AssertionForm.notEqual("assert_ne", "debug_assert_ne")
                + AssertionForm.expression("assert", "debug_assert", "prop_assert")
                + AssertionForm.equal("prop_assert_eq")
                + AssertionForm.operands(.type, "assert_matches")
                + AssertionForm.operands(
                    .approximate, "assert_relative_eq", "assert_abs_diff_eq", "assert_approx_eq",
                    tolerance: 0)
                + AssertionForm.subject(
                    .snapshot, "assert_snapshot", "assert_debug_snapshot", "assert_json_snapshot",
                    "assert_yaml_snapshot")
                + AssertionForm.subject(.fail, "panic", "unreachable")))
}
