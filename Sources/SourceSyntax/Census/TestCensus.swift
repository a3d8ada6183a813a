/// Every test and assertion of one source file.
package struct TestCensus: Sendable {
    package let path: String
    package let language: SyntaxLanguage
    package let tests: [TestCase]
    /// Assertions outside tests: helpers, fixtures, in-source checks.
    package let looseAssertions: [Assertion]
    /// Functions that look like tests but that no runner finds, by name and body hash.
    package let undiscovered: [SymbolSummary]
    /// Functions and classes of the file.
    package let symbols: [SymbolSummary]
    /// Bytes the grammar did not understand; a reader may say so.
    package let errorBytes: Int

    /// Reads `bytes`.
    ///
    /// - Parameters:
    ///   - bytes: the file.
    ///   - path: decides whether names alone make tests.
    ///   - profile: the language.
    ///   - limits: bounds of the parse.
    /// - Throws: ``ParseFailure`` when a bound is reached.
    package init(
        _ bytes: [UInt8], path: String, profile: LanguageProfile,
        limits: ParseLimits = ParseLimits()
    ) throws(ParseFailure) {
        let prepared = SourcePreparation.prepare(bytes, path: path, language: profile.language)
        let source = try ParsedSource(prepared, language: profile.language, limits: limits)
        let stream = TokenStream(source, profile: profile)
        let reader = TestReader(stream, profile: profile, path: path)
        let found = reader.read()
        self.path = path
        language = profile.language
        tests = found.tests
        looseAssertions = found.looseAssertions
        undiscovered = found.undiscovered
        symbols = found.symbols
        errorBytes = source.errorBytes
    }
}

/// A function or class with what is needed to recognise it under another name.
package struct SymbolSummary: Sendable, Equatable {
    package var name: String
    package var isFunction: Bool
    /// 1-based.
    package var line: Int
    package var endLine: Int
    /// Of everything after the name, without comments and formatting.
    package var bodyHash: UInt64
    package var bodyTokens: Int
    /// The constant that the function returns, if returning it is all that it does.
    package var constantResult: String?
    /// A function without a statement, or with one that does nothing.
    package var isHollow: Bool
}

/// Same-length rewrites of what a grammar does not know.
enum SourcePreparation {
    static func prepare(_ bytes: [UInt8], path: String, language: SyntaxLanguage) -> [UInt8] {
        switch language {
        case .swift: withoutMacroMarks(bytes)
        case .bash where path.hasSuffix(".bats"): withBatsFunctions(bytes)
        default: bytes
        }
    }

    /// The grammar knows no macros: `#expect(` reads as a call without the mark.
    private static func withoutMacroMarks(_ bytes: [UInt8]) -> [UInt8] {
        var result = bytes
        for word in [Array("#expect".utf8), Array("#require".utf8)] {
            var index = 0
            while index + word.count <= result.count {
                if result[index] == word[0], result[index..<index + word.count].elementsEqual(word)
                {
                    result[index] = 0x20
                }
                index += 1
            }
        }
        return result
    }

    /// `@test "adds two" {` becomes `_test__adds_two(){`: the same length, and a function.
    private static func withBatsFunctions(_ bytes: [UInt8]) -> [UInt8] {
        var result = bytes
        let word = Array("@test ".utf8)
        var start = 0
        while start < result.count {
            var end = start
            while end < result.count, result[end] != 0x0A { end += 1 }
            if result[start..<end].starts(with: word),
                let brace = result[start..<end].lastIndex(of: 0x7B),
                brace >= start + word.count + 2
            {
                for index in start..<brace {
                    let byte = result[index]
                    let isPlain =
                        (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte)
                        || (0x61...0x7A).contains(byte)
                    if !isPlain { result[index] = 0x5F }
                }
                result[brace - 2] = UInt8(ascii: "(")
                result[brace - 1] = UInt8(ascii: ")")
            }
            start = end + 1
        }
        return result
    }
}
