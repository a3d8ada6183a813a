/// The assertions of each language's usual frameworks, and how each is made to fail. Longer names
/// come before their prefixes.
enum AssertionCatalogue {
    struct Call: Sendable {
        var name: String
        var rewrite: AssertionRewriter.Rewrite

        init(_ name: String, _ rewrite: AssertionRewriter.Rewrite) {
            self.name = name
            self.rewrite = rewrite
        }
    }

    static func calls(_ language: SourceLanguage) -> [Call] {
        switch language {
        case .python: python
        case .javaScript: javaScript
        case .go: go
        case .rust: rust
        case .java: java
        case .swift: swift
        }
    }

    private static let python = [
        Call("self.assertAlmostEqual", .equality(0, 1, opposite: nil)),
        Call("self.assertCountEqual", .opposite("self.assertNotEqual")),
        Call("self.assertEqual", .equality(0, 1, opposite: nil)),
        Call("self.assertFalse", .opposite("self.assertTrue")),
        Call("self.assertIn", .opposite("self.assertNotIn")),
        Call("self.assertIsNone", .opposite("self.assertIsNotNone")),
        Call("self.assertListEqual", .opposite("self.assertNotEqual")),
        Call("self.assertRaises", .exception),
        Call("self.assertTrue", .opposite("self.assertFalse")),
        Call("pytest.raises", .exception),
    ]
    private static let javaScript = [
        Call("assert.deepEqual", .equality(0, 1, opposite: nil)),
        Call("assert.deepStrictEqual", .equality(0, 1, opposite: nil)),
        Call("assert.equal", .equality(0, 1, opposite: nil)),
        Call("assert.ok", .truth(0)),
        Call("assert.strictEqual", .equality(0, 1, opposite: nil)),
        Call("assert.throws", .opposite("assert.doesNotThrow")),
        Call("assert", .truth(0)),
        Call(".toBe", .expected(0, opposite: nil)),
        Call(".toBeFalsy", .opposite(".toBeTruthy")),
        Call(".toBeTruthy", .opposite(".toBeFalsy")),
        Call(".toEqual", .expected(0, opposite: nil)),
        Call(".toStrictEqual", .expected(0, opposite: nil)),
        Call(".toThrow", .opposite(".not.toThrow")),
    ]
    private static let go = [
        Call("assert.Equal", .equality(2, 1, opposite: "assert.NotEqual")),
        Call("assert.False", .opposite("assert.True")),
        Call("assert.True", .opposite("assert.False")),
        Call("require.Equal", .equality(2, 1, opposite: "require.NotEqual")),
    ]
    private static let rust = [
        Call("assert_eq!", .equality(0, 1, opposite: "assert_ne!")),
        Call("assert_ne!", .opposite("assert_eq!")),
        Call("assert!", .truth(0)),
    ]
    private static let java = [
        Call("assertEquals", .equality(1, 0, opposite: "assertNotEquals")),
        Call("assertFalse", .opposite("assertTrue")),
        Call("assertNotNull", .opposite("assertNull")),
        Call("assertNull", .opposite("assertNotNull")),
        Call("assertTrue", .opposite("assertFalse")),
    ]
    private static let swift = [
        Call("XCTAssertEqual", .equality(0, 1, opposite: "XCTAssertNotEqual")),
        Call("XCTAssertFalse", .opposite("XCTAssertTrue")),
        Call("XCTAssertNil", .opposite("XCTAssertNotNil")),
        Call("XCTAssertNotNil", .opposite("XCTAssertNil")),
        Call("XCTAssertTrue", .opposite("XCTAssertFalse")),
        Call("XCTAssert", .truth(0)),
        Call("#expect", .truth(0)),
        Call("#require", .truth(0)),
    ]
}
