/// The signatures and their automaton, built once.
struct SignatureTable: Sendable {
    static let shared = SignatureTable(LogSignatures.all, marks: LogMark.allCases.map(\.text))

    /// What the signatures in one line come to.
    struct Match {
        /// The signature that proves most; `nil` when there is none, or what there is is harmless.
        var best: LogSignature?
        /// One bit for each class and one for generic words.
        var trouble: UInt32 = 0
    }

    let matcher: SignatureMatcher
    private let signatures: [LogSignature]

    /// - Parameter marks: texts of CI systems; they make a line notable and prove nothing.
    init(_ signatures: [LogSignature], marks: [String]) {
        self.signatures = signatures
        matcher = SignatureMatcher(signatures.map(\.text) + marks)
    }

    /// - Parameter line: cleaned.
    func match(_ line: Span<UInt8>) -> Match {
        var state: UInt16 = 0
        var match = Match()
        var isHarmless = false
        for index in line.indices {
            state = matcher.step(state, line[index])
            guard state & SignatureMatcher.signals != 0 else { continue }
            for id in matcher.signatures(at: state) where id < signatures.count {
                let signature = signatures[id]
                guard fits(signature, in: line, endingAt: index) else { continue }
                if signature.weight == .harmless {
                    isHarmless = true
                    continue
                }
                match.trouble |= 1 << UInt32(signature.failure?.precedence ?? 31)
                if signature.provesMore(than: match.best) { match.best = signature }
            }
        }
        if isHarmless, match.best?.weight ?? .generic < .decisive { return Match() }
        return match
    }

    private func fits(_ signature: LogSignature, in line: Span<UInt8>, endingAt end: Int) -> Bool {
        let start = end + 1 - signature.text.utf8.count
        switch signature.place {
        case .anywhere: return true
        case .start: return start == 0
        case .whole: return start == 0 && end + 1 == line.count
        }
    }
}
