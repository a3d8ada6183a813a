extension LanguageProfile {
    static let c = cFamily(.c, ["c", "h"])
    static let cpp = cFamily(.cpp, ["cc", "cpp", "cxx", "c++", "hpp", "hh", "hxx", "ipp", "cu"])

    /// GoogleTest, Catch2, doctest, Boost.Test, Check, cmocka, Unity.
    private static func cFamily(_ language: SyntaxLanguage, _ extensions: [String])
        -> LanguageProfile
    {
        LanguageProfile(
            language, extensions: extensions,
            syntax: SyntaxKinds(
                functions: ["function_definition"],
                classes: ["class_specifier", "struct_specifier"],
                strings: [
                    "string_literal", "raw_string_literal", "char_literal", "concatenated_string",
                ],
                handlers: ["catch_clause"], attempts: ["try_statement"],
                loops: ["for_statement", "while_statement", "do_statement", "for_range_loop"]),
            tests: TestVocabulary(
                namePrefixes: ["test_"],
                calls: [
                    "TEST", "TEST_F", "TEST_P", "TYPED_TEST", "TYPED_TEST_P", "TEST_CASE",
                    "SCENARIO", "TEST_METHOD",
                    "TEST_CASE_METHOD", "TEMPLATE_TEST_CASE", "BOOST_AUTO_TEST_CASE", "START_TEST",
                    "Test",
                ],
                groups: ["TEST_SUITE", "BOOST_AUTO_TEST_SUITE"],
                markers: [
                    MarkerPattern("GTEST_SKIP", .skip), MarkerPattern("SKIP", .skip),
                    MarkerPattern("TEST_IGNORE", .skip),
                    MarkerPattern("TEST_IGNORE_MESSAGE", .skip), MarkerPattern("skip", .skip),
                    MarkerPattern("should_fail", .expectedFailure),
                    MarkerPattern("may_fail", .expectedFailure),
                    MarkerPattern("expected_failures", .expectedFailure),
                    MarkerPattern("BOOST_TEST_DECORATOR", .skip, argument: "disabled"),
                ],
                collected: [
                    .contains("test"), .contains("Test"), .contains("spec"), .contains("check"),
                    .directory("test"), .directory("tests"), .directory("unittests"),
                ]),
            assertions: AssertionVocabulary(
                functions: AssertionForm.equal(
                    "EXPECT_EQ", "ASSERT_EQ", "EXPECT_STREQ", "ASSERT_STREQ", "CHECK_EQ",
                    "REQUIRE_EQ", "BOOST_CHECK_EQUAL",
                    "BOOST_REQUIRE_EQUAL", "ck_assert_int_eq", "ck_assert_str_eq",
                    "ck_assert_uint_eq", "ck_assert_ptr_eq",
                    "assert_int_equal", "assert_string_equal", "assert_memory_equal",
                    "TEST_ASSERT_EQUAL",
                    "TEST_ASSERT_EQUAL_INT", "TEST_ASSERT_EQUAL_STRING", "TEST_ASSERT_EQUAL_UINT",
                    "CU_ASSERT_EQUAL",
                    "CU_ASSERT_STRING_EQUAL", "g_assert_cmpstr", "g_assert_cmpint", "cr_assert_eq")
                    + AssertionForm.notEqual(
                        "EXPECT_NE", "ASSERT_NE", "EXPECT_STRNE", "ASSERT_STRNE", "CHECK_NE",
                        "REQUIRE_NE", "assert_int_not_equal",
                        "ck_assert_int_ne", "BOOST_CHECK_NE")
                    + AssertionForm.expression(
                        "EXPECT_TRUE", "ASSERT_TRUE", "CHECK", "REQUIRE", "BOOST_CHECK",
                        "BOOST_REQUIRE", "BOOST_TEST",
                        "assert", "assert_true", "ck_assert", "TEST_ASSERT", "TEST_ASSERT_TRUE",
                        "CU_ASSERT", "CU_ASSERT_TRUE",
                        "g_assert", "g_assert_true", "cr_assert", "static_assert", "_Static_assert",
                        "TEST_CHECK")
                    + AssertionForm.subject(
                        .falsy, "EXPECT_FALSE", "ASSERT_FALSE", "CHECK_FALSE", "REQUIRE_FALSE",
                        "assert_false",
                        "TEST_ASSERT_FALSE", "CU_ASSERT_FALSE")
                    + AssertionForm.subject(
                        .null, "assert_null", "TEST_ASSERT_NULL", "g_assert_null",
                        "ck_assert_ptr_null")
                    + AssertionForm.subject(
                        .notNull, "assert_non_null", "TEST_ASSERT_NOT_NULL", "g_assert_nonnull")
                    + AssertionForm.operands(
                        .approximate, "EXPECT_NEAR", "ASSERT_NEAR", "BOOST_CHECK_CLOSE",
                        "TEST_ASSERT_FLOAT_WITHIN",
                        "EXPECT_FLOAT_EQ", "EXPECT_DOUBLE_EQ", "ASSERT_FLOAT_EQ",
                        "ASSERT_DOUBLE_EQ", tolerance: 0)
                    + AssertionForm.operands(
                        .less, "EXPECT_LT", "ASSERT_LT", "CHECK_LT", "ck_assert_int_lt")
                    + AssertionForm.operands(
                        .lessOrEqual, "EXPECT_LE", "ASSERT_LE", "CHECK_LE", "ck_assert_int_le")
                    + AssertionForm.operands(
                        .greater, "EXPECT_GT", "ASSERT_GT", "CHECK_GT", "ck_assert_int_gt")
                    + AssertionForm.operands(
                        .greaterOrEqual, "EXPECT_GE", "ASSERT_GE", "CHECK_GE", "ck_assert_int_ge")
                    + AssertionForm.operands(
                        .matches, "EXPECT_THAT", "ASSERT_THAT", "CHECK_THAT", "REQUIRE_THAT")
                    + AssertionForm.operands(
                        .throwsError, "EXPECT_THROW", "ASSERT_THROW", "CHECK_THROWS_AS",
                        "REQUIRE_THROWS_AS",
                        "REQUIRE_THROWS_WITH", "BOOST_CHECK_THROW")
                    + AssertionForm.subject(
                        .throwsError, "EXPECT_ANY_THROW", "ASSERT_ANY_THROW", "CHECK_THROWS",
                        "REQUIRE_THROWS", "EXPECT_DEATH",
                        "ASSERT_DEATH")
                    + AssertionForm.subject(
                        .noError, "EXPECT_NO_THROW", "ASSERT_NO_THROW", "CHECK_NOTHROW",
                        "REQUIRE_NOTHROW")
                    + AssertionForm.subject(.fail, "FAIL", "ADD_FAILURE", "ck_abort", "TEST_FAIL")))
    }
}
