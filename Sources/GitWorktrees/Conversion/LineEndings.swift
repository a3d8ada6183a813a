/// Line endings as `text`, `crlf` and `eol` of gitattributes(5) say, byte for byte as git's
/// convert.c with its default configuration on Linux.
enum LineEndings: Equatable {
    /// No conversion.
    case untouched
    /// Text: carriage returns before a line feed are not stored.
    case text(isCarriageReturnInWorktree: Bool)
    /// The same, for what looks like text.
    case automatic(isCarriageReturnInWorktree: Bool)

    /// - Parameters:
    ///   - text: the value of `text`, or of the older `crlf` where `text` is unspecified.
    ///   - eol: the value of `eol`.
    init(text: AttributeValue, eol: AttributeValue) {
        let hasCarriageReturn = eol == .text("crlf")
        let isDecided = hasCarriageReturn || eol == .text("lf")
        switch text {
        case .unset: self = .untouched
        case .set, .text("input"): self = .text(isCarriageReturnInWorktree: hasCarriageReturn)
        case .text("auto"): self = .automatic(isCarriageReturnInWorktree: hasCarriageReturn)
        case .unspecified, .text:
            self = isDecided ? .text(isCarriageReturnInWorktree: hasCarriageReturn) : .untouched
        }
    }

    /// - Returns: `nil` when nothing changes.
    func worktreeContent(of bytes: [UInt8]) -> [UInt8]? {
        switch self {
        case .untouched, .text(false), .automatic(false): return nil
        case .text(true), .automatic(true): break
        }
        let statistics = TextStatistics(bytes)
        guard statistics.loneLineFeeds > 0 else { return nil }
        if case .automatic = self {
            let isMixed = statistics.pairs > 0 || statistics.loneCarriageReturns > 0
            guard !isMixed, !statistics.isBinary else { return nil }
        }
        var result: [UInt8] = []
        result.reserveCapacity(bytes.count + statistics.loneLineFeeds)
        var last: UInt8 = 0
        for byte in bytes {
            if byte == 0x0A, last != 0x0D { result.append(0x0D) }
            result.append(byte)
            last = byte
        }
        return result
    }

    /// - Parameter previous: what git's index holds at this path: with `auto`, a file that was
    ///   committed with carriage returns keeps them.
    /// - Returns: `nil` when nothing changes.
    func storedContent(
        of bytes: [UInt8], previous: () throws(GitError) -> [UInt8]?
    ) throws(GitError) -> [UInt8]? {
        guard self != .untouched else { return nil }
        let statistics = TextStatistics(bytes)
        guard statistics.pairs > 0 else { return nil }
        if case .automatic = self {
            guard !statistics.isBinary else { return nil }
            if let before = try previous().map(TextStatistics.init), !before.isBinary,
                before.pairs > 0
            {
                return nil
            }
        }
        var result: [UInt8] = []
        result.reserveCapacity(bytes.count - statistics.pairs)
        for (index, byte) in bytes.enumerated() {
            let isPair = byte == 0x0D && index + 1 < bytes.count && bytes[index + 1] == 0x0A
            if !isPair { result.append(byte) }
        }
        return result
    }
}

/// What git counts to tell text from binary.
struct TextStatistics {
    private(set) var loneLineFeeds = 0
    private(set) var loneCarriageReturns = 0
    /// Carriage return and line feed.
    private(set) var pairs = 0
    private var zeros = 0
    private var printable = 0
    private var nonPrintable = 0

    init(_ bytes: [UInt8]) {
        var index = 0
        while index < bytes.count {
            switch bytes[index] {
            case 0x0D where index + 1 < bytes.count && bytes[index + 1] == 0x0A:
                pairs += 1
                index += 1
            case 0x0D: loneCarriageReturns += 1
            case 0x0A: loneLineFeeds += 1
            case 0x08, 0x09, 0x0C, 0x1B: printable += 1
            case 0:
                zeros += 1
                nonPrintable += 1
            case 1..<32, 127: nonPrintable += 1
            default: printable += 1
            }
            index += 1
        }
        // An end-of-file mark of DOS is no sign of binary content.
        if bytes.last == 0x1A { nonPrintable -= 1 }
    }

    var isBinary: Bool {
        loneCarriageReturns > 0 || zeros > 0 || printable >> 7 < nonPrintable
    }
}
