extension LanguageProfile {
    /// Bats, shUnit2.
    static let bash = LanguageProfile(
        .bash, extensions: ["sh", "bash", "bats", "zsh", "ksh"],
        interpreters: ["sh", "bash", "bats", "dash", "zsh"],
        syntax: SyntaxKinds(
            functions: ["function_definition"],
            strings: ["string", "raw_string", "ansi_c_string", "heredoc_body"],
            bareArguments: ["command"],
            loops: ["for_statement", "while_statement", "c_style_for_statement"]),
        tests: TestVocabulary(
            namePrefixes: ["test", "_test_"],
            markers: [MarkerPattern("skip", .skip), MarkerPattern("startSkipping", .skip)],
            collected: [
                .suffix(".bats"), .contains("test"), .directory("test"), .directory("tests"),
                .directory("t"),
            ]),
        assertions: AssertionVocabulary(
            functions: AssertionForm.equal("assert_equal", "assertEquals", "assertSame")
                + AssertionForm.notEqual("assertNotEquals", "assertNotSame", "refute_equal")
                + AssertionForm.subject(.contains, "assert_output", "assert_line", "assertContains")
                + AssertionForm.subject(
                    .truthy, "assert_success", "assert", "assertTrue", "assert_file_exist")
                + AssertionForm.subject(
                    .falsy, "assert_failure", "refute", "assertFalse", "refute_output")
                + AssertionForm.subject(.null, "assertNull")
                + AssertionForm.subject(.notNull, "assertNotNull")
                + AssertionForm.subject(.fail, "fail", "flunk")))
}
