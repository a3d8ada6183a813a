extension LanguageProfile {
    /// pytest, unittest, nose.
    static let python = LanguageProfile(
        .python, extensions: ["py", "pyi", "pyw"], interpreters: ["python", "pypy"],
        syntax: SyntaxKinds(
            functions: ["function_definition"], classes: ["class_definition"],
            strings: ["string"], annotations: ["decorator"], silentBlocks: ["block"],
            handlers: ["except_clause", "except_group_clause"], attempts: ["try_statement"],
            loops: ["for_statement", "while_statement"]),
        tests: TestVocabulary(
            namePrefixes: ["test"],
            markers: [
                MarkerPattern("mark.skip", .skip), MarkerPattern("mark.skipif", .conditionalSkip),
                MarkerPattern("mark.xfail", .expectedFailure),
                MarkerPattern("mark.flaky", .retry), MarkerPattern("flaky", .retry),
                MarkerPattern("mark.timeout", .timeout), MarkerPattern("retry", .retry),
                MarkerPattern("pytest.skip", .skip),
                MarkerPattern("pytest.xfail", .expectedFailure),
                MarkerPattern("pytest.importorskip", .conditionalSkip),
                MarkerPattern("unittest.skip", .skip), MarkerPattern("skip", .skip),
                MarkerPattern("skipTest", .skip), MarkerPattern("SkipTest", .skip),
                MarkerPattern("skipIf", .conditionalSkip),
                MarkerPattern("skipUnless", .conditionalSkip),
                MarkerPattern("expectedFailure", .expectedFailure),
                MarkerPattern("xfail", .expectedFailure),
            ],
            listAnnotations: ["parametrize": 1, "expand": 0, "data": -1],
            collected: [
                .prefix("test_"), .suffix("_test.py"), .suffix("_tests.py"), .prefix("tests.py"),
                .prefix("test.py"),
            ],
            directories: ["tests", "test", "testing"]),
        assertions: AssertionVocabulary(
            functions: AssertionForm.equal(
                "assertEqual", "assertEquals", "assertListEqual", "assertDictEqual",
                "assertSetEqual", "assertTupleEqual", "assertSequenceEqual",
                "assertMultiLineEqual", "assertCountEqual", "assertItemsEqual", "assert_equal",
                "assert_array_equal", "assert_frame_equal", "assert_series_equal", "eq_")
                + AssertionForm.notEqual("assertNotEqual", "assertNotEquals", "assert_not_equal")
                + AssertionForm.operands(.identical, "assertIs", "assert_is")
                + AssertionForm.operands(.identical, "assertIsNot", isNegated: true)
                + AssertionForm.subject(.null, "assertIsNone")
                + AssertionForm.subject(.notNull, "assertIsNotNone")
                + AssertionForm.expression(
                    "assertTrue", "assert_true", "ok_", "assert_", "assertThat")
                + AssertionForm.subject(.falsy, "assertFalse", "assert_false")
                + AssertionForm.operands(
                    .approximate, "assertAlmostEqual", "assertAlmostEquals", "assert_allclose",
                    "assert_almost_equal", "assert_array_almost_equal", tolerance: 0)
                + AssertionForm.operands(.contains, "assertIn", "assert_in")
                + AssertionForm.operands(.contains, "assertNotIn", isNegated: true)
                + AssertionForm.operands(.matches, "assertRegex", "assertRegexpMatches")
                + AssertionForm.operands(.less, "assertLess")
                + AssertionForm.operands(.lessOrEqual, "assertLessEqual")
                + AssertionForm.operands(.greater, "assertGreater")
                + AssertionForm.operands(.greaterOrEqual, "assertGreaterEqual")
                + AssertionForm.operands(.type, "assertIsInstance")
                + AssertionForm.error(
                    "assertRaises", "assertRaisesRegex", "assertRaisesRegexp", "assertWarns",
                    "assertWarnsRegex", "assert_raises", "raises", "warns", "deprecated_call")
                + AssertionForm.subject(
                    .called, "assert_called", "assert_called_once", "assert_called_with",
                    "assert_called_once_with", "assert_any_call", "assert_has_calls",
                    "assert_not_called", "assert_awaited", "assert_awaited_once")
                + AssertionForm.subject(.fail, "fail")))
}
