/// Hashes of any stretch of tokens in constant time, whatever the stretch's formatting.
///
/// Nested functions overlap: hashing each by itself would cost their depth times the file.
struct TokenDigests: Sendable {
    /// Polynomial hash of all tokens that count before an index.
    private var prefix: [UInt64] = [0]
    /// Tokens that count before an index.
    private var counted: [Int32] = [0]
    /// Words and numbers that say something before an index.
    private var meaningful: [Int32] = [0]
    private var powers: [UInt64] = [1]

    private static let base: UInt64 = 0x9E37_79B9_7F4A_7C15
    private static let emptyWords: Set<String> = [
        "pass", "return", "end", "do", "void", "throws", "async", "await", "public", "self",
    ]

    /// Of no tokens.
    init() {}

    init(_ stream: TokenStream) {
        let count = stream.tokens.count
        prefix.reserveCapacity(count + 1)
        counted.reserveCapacity(count + 1)
        meaningful.reserveCapacity(count + 1)
        for index in 0..<count {
            let token = stream.tokens[index]
            var hash = prefix[index]
            var says: Int32 = 0
            // Semicolons and commas before a closing bracket are a matter of taste.
            let isTaste =
                stream.matches(index, ";")
                || stream.matches(index, ",") && stream.closes(index + 1)
            if !isTaste {
                let text =
                    switch token.kind {
                    case .blockStart: "⟨"
                    case .blockEnd: "⟩"
                    default: stream.normalised(index)
                    }
                hash = hash &* Self.base &+ TokenHash.of(text)
                let isWord = token.kind == .word && !Self.emptyWords.contains(text)
                says = isWord || token.kind == .number ? 1 : 0
                powers.append(powers[powers.count - 1] &* Self.base)
            }
            prefix.append(hash)
            counted.append(counted[index] + (isTaste ? 0 : 1))
            meaningful.append(meaningful[index] + says)
        }
    }

    func hash(_ range: Range<Int>) -> UInt64 {
        let length = Int(counted[range.upperBound] - counted[range.lowerBound])
        return prefix[range.upperBound] &- prefix[range.lowerBound] &* powers[length]
    }

    /// Words and numbers, without those that every body has.
    func meaningfulTokens(_ range: Range<Int>) -> Int {
        Int(meaningful[range.upperBound] - meaningful[range.lowerBound])
    }
}

/// The hash under which tokens are compared across files: FNV-1a of their normalised text.
enum TokenHash {
    static func of(_ text: String) -> UInt64 {
        var hash: UInt64 = 0xCBF2_9CE4_8422_2325
        for byte in text.utf8 { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01B3 }
        return hash
    }
}

/// The vocabulary of a test: what it shares with another one says how alike they are.
struct TestVocabularyDigest: Sendable {
    /// Sorted hashes of its distinct words and literals.
    let fingerprint: [UInt64]
    /// Its distinct literals, sorted.
    let literals: [String]

    private static let fingerprintLimit = 1_024
    private static let literalLimit = 4_096

    init(_ stream: TokenStream, _ ranges: [Range<Int>]) {
        var distinct: Set<UInt64> = []
        var literals: Set<String> = []
        for index in ranges.joined() {
            switch stream.tokens[index].kind {
            case .word:
                guard distinct.count < Self.fingerprintLimit else { continue }
                distinct.insert(TokenHash.of(stream.normalised(index)))
            case .number, .string:
                let text = stream.normalised(index)
                if distinct.count < Self.fingerprintLimit { distinct.insert(TokenHash.of(text)) }
                if literals.count < Self.literalLimit { literals.insert(text) }
            case .mark, .blockStart, .blockEnd: break
            }
        }
        fingerprint = distinct.sorted()
        self.literals = literals.sorted()
    }
}
