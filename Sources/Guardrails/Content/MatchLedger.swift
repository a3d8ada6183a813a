/// Sets matches of one side against those of the other, so that only what got worse remains.
///
/// A match is old when the same text of the same pattern went away elsewhere (it moved), or, for
/// patterns with identity `.pattern`, when its own hunk took away as many matches (it was edited).
struct MatchLedger: Sendable {
    private struct Entry: Sendable {
        var match: ContentMatch
        var slot: Int
        var wanted: Bool
        var identity: ContentPattern.Identity
        var text: ArraySlice<UInt8>
        var hunk: HunkKey
    }

    private struct HunkKey: Hashable, Sendable {
        var path: String
        var hunk: Int
        var slot: Int
    }

    private struct TextKey: Hashable {
        var slot: Int
        var text: ArraySlice<UInt8>
    }

    private var entries: [Entry] = []

    mutating func add(_ match: ContentMatch, slot: Int, pattern: ContentPattern, hunk: Int) {
        guard let text = match.file.text(on: match.side) else { return }
        let bytes = text.bytes[match.range]
        let blank: (UInt8) -> Bool = { $0 == 0x20 || $0 == 0x09 }
        entries.append(
            Entry(
                match: match, slot: slot, wanted: match.side == pattern.side,
                identity: pattern.identity, text: bytes.drop(while: blank),
                hunk: HunkKey(path: match.file.path, hunk: hunk, slot: slot)))
    }

    /// What a later part of the files gave.
    mutating func append(_ other: MatchLedger) { entries += other.entries }

    func newMatches(ruleOf: (Int) -> String) -> [String: [ContentMatch]] {
        var texts: [TextKey: Int] = [:]
        var hunks: [HunkKey: Int] = [:]
        for entry in entries where !entry.wanted {
            texts[TextKey(slot: entry.slot, text: entry.text), default: 0] += 1
            hunks[entry.hunk, default: 0] += 1
        }
        var result: [String: [ContentMatch]] = [:]
        for entry in entries where entry.wanted {
            let key = TextKey(slot: entry.slot, text: entry.text)
            if let count = texts[key], count > 0 {
                texts[key] = count - 1
                hunks[entry.hunk]? -= 1
                continue
            }
            if entry.identity == .pattern, let count = hunks[entry.hunk], count > 0 {
                hunks[entry.hunk] = count - 1
                continue
            }
            result[ruleOf(entry.slot), default: []].append(entry.match)
        }
        return result
    }
}
