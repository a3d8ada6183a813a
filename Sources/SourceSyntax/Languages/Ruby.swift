extension LanguageProfile {
    /// RSpec, Minitest, test-unit.
    static let ruby = LanguageProfile(
        .ruby, extensions: ["rb", "rake", "gemspec"], interpreters: ["ruby"],
        syntax: SyntaxKinds(
            functions: ["method", "singleton_method"], classes: ["class", "module"],
            strings: ["string", "regex", "heredoc_body", "simple_symbol", "character"],
            bareArguments: ["argument_list"], handlers: ["rescue"], attempts: ["begin"],
            loops: ["while", "until", "for"]),
        tests: TestVocabulary(
            namePrefixes: ["test_"],
            calls: [
                "it", "specify", "example", "test", "scenario", "xit", "xspecify", "xexample",
                "fit", "its",
            ],
            groups: [
                "describe", "context", "feature", "xdescribe", "xcontext", "fdescribe", "fcontext",
                "shared_examples",
            ],
            receivers: ["RSpec"],
            markers: [
                MarkerPattern("xit", .skip), MarkerPattern("xspecify", .skip),
                MarkerPattern("xexample", .skip),
                MarkerPattern("xdescribe", .skip), MarkerPattern("xcontext", .skip),
                MarkerPattern("skip", .skip),
                MarkerPattern("pending", .expectedFailure), MarkerPattern("omit", .skip),
                MarkerPattern("pend", .skip),
                MarkerPattern("fit", .focus), MarkerPattern("fdescribe", .focus),
                MarkerPattern("fcontext", .focus),
            ],
            collected: [
                .suffix("_spec.rb"), .suffix("_test.rb"), .prefix("test_"), .directory("spec"),
                .directory("test"),
            ]),
        assertions: AssertionVocabulary(
            functions: AssertionForm.equal("assert_equal")
                + AssertionForm.notEqual("assert_not_equal", "refute_equal")
                + AssertionForm.expression("assert")
                + AssertionForm.subject(.falsy, "refute", "assert_not")
                + AssertionForm.subject(.null, "assert_nil", "assert_empty")
                + AssertionForm.subject(.notNull, "refute_nil", "assert_not_nil", "refute_empty")
                + AssertionForm.operands(.identical, "assert_same")
                + AssertionForm.operands(
                    .approximate, "assert_in_delta", "assert_in_epsilon", tolerance: 0)
                + AssertionForm.operands(.contains, "assert_includes")
                + AssertionForm.operands(.contains, "refute_includes", isNegated: true)
                + AssertionForm.operands(.matches, "assert_match")
                + AssertionForm.operands(
                    .type, "assert_instance_of", "assert_kind_of", "assert_respond_to")
                + AssertionForm.error("assert_raises", "assert_raise")
                + AssertionForm.subject(.noError, "assert_nothing_raised")
                + AssertionForm.subject(.fail, "flunk"),
            starters: ["expect", "is_expected"],
            matchers: AssertionForm.equal(
                "eq", "eql", "equal", "match_array", "contain_exactly", "have_attributes", "be",
                "have_http_status")
                + AssertionForm.operands(.approximate, "be_within", "be_between", tolerance: 0)
                + AssertionForm.subject(.null, "be_nil", "be_empty")
                + AssertionForm.subject(
                    .truthy, "be_truthy", "be_present", "be_valid", "be_success")
                + AssertionForm.subject(.falsy, "be_falsey", "be_falsy")
                + AssertionForm.operands(.contains, "include", "start_with", "end_with", "have_key")
                + AssertionForm.operands(.matches, "match")
                + AssertionForm.operands(
                    .type, "be_a", "be_an", "be_kind_of", "be_instance_of", "be_an_instance_of",
                    "respond_to")
                + AssertionForm.error("raise_error", "raise_exception")
                + AssertionForm.operands(.called, "receive", "have_received", "change"),
            negations: ["not_to", "to_not"],
            infix: AssertionForm.equal("must_equal", "should_eq")
                + AssertionForm.notEqual("wont_equal")
                + AssertionForm.subject(.null, "must_be_nil", "must_be_empty")
                + AssertionForm.subject(.notNull, "wont_be_nil")
                + AssertionForm.operands(.contains, "must_include")
                + AssertionForm.operands(.matches, "must_match")
                + AssertionForm.operands(.approximate, "must_be_close_to", tolerance: 0)
                + AssertionForm.error("must_raise")))
}
