package import RunModel

/// Where in a changed file.
package enum FindingLocation: Sendable, Equatable {
    case wholeFile
    /// 1-based, in that side's version.
    case line(Int, TreeSide)
}

/// How sure a rule is that a finding is what its title says.
package enum FindingCertainty: Sendable, Equatable {
    /// The rule's action applies.
    case certain
    /// An honest change can look the same: at most `review`, unless the policy says otherwise.
    case possible
}

/// Takes a rule's findings, in bounded number.
package struct FindingCollector: Sendable {
    /// A finding before the policy has spoken.
    struct Entry: Sendable {
        var path: String
        var identityPath: String
        var line: Int?
        var sortLine: Int
        var message: String
        var evidence: String
        /// Digest material: the line without its white space.
        var normalisedLine: [UInt8]
        var certainty: FindingCertainty
        /// Set by rules whose action depends on what the policy says of the file.
        var action: RuleAction?
    }

    private(set) var entries: [Entry] = []
    private(set) var leftOut = 0
    /// Whether one of those left out was certain.
    private(set) var leftOutCertain = false
    private let limit: Int

    /// Longest evidence, in characters.
    private static let evidenceLimit = 200
    /// A normalised line counts this far; longer ones differ beyond it only in reports.
    private static let normalisedLimit = 4_096

    init(limit: Int) { self.limit = limit }

    /// Reports one finding.
    ///
    /// - Parameters:
    ///   - message: what is wrong here, as a sentence without a full stop.
    ///   - evidence: the offending text; by default the line. Secrets must be redacted by the
    ///     rule: this is printed.
    ///   - action: instead of the rule's, where the policy names one for this very file.
    package mutating func add(
        _ file: ChangedFile, at location: FindingLocation, _ message: String,
        evidence: String? = nil, certainty: FindingCertainty = .certain,
        action: RuleAction? = nil
    ) {
        guard entries.count < limit else {
            leftOut += 1
            if certainty == .certain { leftOutCertain = true }
            return
        }
        var line: Int?
        var bytes: ArraySlice<UInt8> = []
        if case .line(let number, let side) = location, let text = file.text(on: side),
            (1...max(text.lineCount, 1)).contains(number), text.lineCount > 0
        {
            bytes = text.line(number)
            line = side == .base && file.new != nil ? file.headLine(forBaseLine: number) : number
        }
        let shown =
            evidence ?? String(decoding: bytes.prefix(4 * Self.evidenceLimit), as: UTF8.self)
        entries.append(
            Entry(
                path: file.path, identityPath: file.identityPath, line: line,
                sortLine: line ?? 0, message: message, evidence: Self.shortened(shown),
                normalisedLine: Self.normalised(bytes), certainty: certainty, action: action))
    }

    private static func shortened(_ text: String) -> String {
        let trimmed = text.drop { $0 == " " || $0 == "\t" }
        guard trimmed.utf8.count > evidenceLimit else { return String(trimmed) }
        return String(trimmed.prefix(evidenceLimit)) + "…"
    }

    private static func normalised(_ line: ArraySlice<UInt8>) -> [UInt8] {
        var result: [UInt8] = []
        for byte in line.prefix(normalisedLimit) where byte > 0x20 { result.append(byte) }
        return result
    }
}
