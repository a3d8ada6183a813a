/// What a stretch of tokens says, whatever its formatting.
struct BodyDigest: Sendable {
    var hash: UInt64 = 0xCBF2_9CE4_8422_2325
    var meaningfulTokens = 0
    var fingerprint: [UInt64] = []
    var literals: [String] = []

    private static let fingerprintLimit = 1_024
    private static let literalLimit = 4_096
    private static let emptyWords: Set<String> = [
        "pass", "return", "end", "do", "void", "throws", "async", "await", "public", "self",
    ]

    init(_ stream: TokenStream, _ ranges: [Range<Int>]) {
        var distinct: Set<UInt64> = []
        var literalSet: Set<String> = []
        for range in ranges {
            for index in range {
                let token = stream.tokens[index]
                if stream.matches(index, ";") { continue }
                if stream.matches(index, ","), stream.closes(index + 1) { continue }
                let text =
                    switch token.kind {
                    case .blockStart: "⟨"
                    case .blockEnd: "⟩"
                    default: stream.normalised(index)
                    }
                var own: UInt64 = 0xCBF2_9CE4_8422_2325
                for byte in text.utf8 {
                    own = (own ^ UInt64(byte)) &* 0x100_0000_01B3
                }
                hash = (hash ^ own) &* 0x100_0000_01B3
                switch token.kind {
                case .word:
                    if distinct.count < Self.fingerprintLimit { distinct.insert(own) }
                    if !Self.emptyWords.contains(text) { meaningfulTokens += 1 }
                case .number, .string:
                    if distinct.count < Self.fingerprintLimit { distinct.insert(own) }
                    if literalSet.count < Self.literalLimit { literalSet.insert(text) }
                    if token.kind == .number { meaningfulTokens += 1 }
                default: break
                }
            }
        }
        fingerprint = distinct.sorted()
        literals = literalSet.sorted()
    }
}
