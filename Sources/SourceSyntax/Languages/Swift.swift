extension LanguageProfile {
    /// XCTest, Swift Testing, Quick with Nimble.
    static let swift = LanguageProfile(
        .swift, extensions: ["swift"],
        syntax: SyntaxKinds(
            functions: ["function_declaration"],
            classes: ["class_declaration", "protocol_declaration"],
            comments: ["comment", "multiline_comment"],
            strings: [
                "line_string_literal", "multi_line_string_literal", "raw_string_literal",
                "regex_literal",
            ],
            annotations: ["attribute"], handlers: ["catch_block"], attempts: ["do_statement"],
            loops: ["for_statement", "while_statement", "repeat_while_statement"]),
        tests: TestVocabulary(
            namePrefixes: ["test"], annotations: ["Test"],
            calls: ["it", "xit", "fit"], groups: ["describe", "context", "xdescribe", "fdescribe"],
            markers: [
                MarkerPattern("XCTSkip", .skip), MarkerPattern("XCTSkipIf", .conditionalSkip),
                MarkerPattern("XCTSkipUnless", .conditionalSkip),
                MarkerPattern("XCTExpectFailure", .expectedFailure),
                MarkerPattern("withKnownIssue", .expectedFailure),
                MarkerPattern("Test", .conditionalSkip, argument: ".enabled(if:"),
                MarkerPattern("Suite", .conditionalSkip, argument: ".enabled(if:"),
                MarkerPattern("Test", .skip, argument: ".disabled("),
                MarkerPattern("Test", .skip, argument: ".disabled)"),
                MarkerPattern("Suite", .skip, argument: ".disabled("),
                MarkerPattern("Test", .timeout, argument: ".timeLimit("),
                MarkerPattern("xit", .skip), MarkerPattern("xdescribe", .skip),
                MarkerPattern("fit", .focus), MarkerPattern("fdescribe", .focus),
            ],
            listAnnotations: ["Test": -2],
            collected: [
                .suffix("Tests.swift"), .suffix("Test.swift"), .suffix("Spec.swift"),
                .directory("Tests"), .contains("Tests"),
            ]),
        assertions: AssertionVocabulary(
            functions: AssertionForm.operands(.equal, "XCTAssertEqual", tolerance: 0)
                + AssertionForm.notEqual("XCTAssertNotEqual")
                + AssertionForm.operands(.identical, "XCTAssertIdentical")
                + AssertionForm.expression("XCTAssert", "XCTAssertTrue", "precondition", "require")
                + AssertionForm.subject(.falsy, "XCTAssertFalse")
                + AssertionForm.subject(.null, "XCTAssertNil")
                + AssertionForm.subject(.notNull, "XCTAssertNotNil", "XCTUnwrap")
                + AssertionForm.operands(.less, "XCTAssertLessThan")
                + AssertionForm.operands(.lessOrEqual, "XCTAssertLessThanOrEqual")
                + AssertionForm.operands(.greater, "XCTAssertGreaterThan")
                + AssertionForm.operands(.greaterOrEqual, "XCTAssertGreaterThanOrEqual")
                + AssertionForm.subject(.throwsError, "XCTAssertThrowsError")
                + AssertionForm.subject(.noError, "XCTAssertNoThrow")
                + AssertionForm.subject(.fail, "XCTFail", "Issue.record")
                + AssertionForm.expression("expect"),
            starters: [],
            matchers: [],
            infix: AssertionForm.equal("beEqual")))
}
