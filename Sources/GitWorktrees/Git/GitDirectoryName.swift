/// Names that git, on some file system, takes for its own directory (CVE-2014-9390). No tree that
/// Drydock writes contains one, whatever the file system of this host.
enum GitDirectoryName {
    static func matches(_ name: some Collection<UInt8>) -> Bool {
        // All spellings begin so, or with a code point that HFS+ ignores: a checkout asks of every name.
        guard let first = name.first, first >= 0x80 || beginnings.contains(first) else {
            return false
        }
        let folded = foldedForHFS(name)
        return folded == Array(".git".utf8) || isNTFSSpelling(folded)
    }

    private static let beginnings = Array(".gG".utf8)

    /// HFS+ ignores these code points and the case of letters.
    private static let ignored = Set<UInt32>(0x200C...0x200F).union(0x202A...0x202E)
        .union(0x206A...0x206F).union([0xFEFF])

    private static func foldedForHFS(_ name: some Collection<UInt8>) -> [UInt8] {
        guard name.contains(where: { $0 >= 0x80 }) else { return name.map(lowercase) }
        let text = String(decoding: name, as: UTF8.self)
        let kept = text.unicodeScalars.filter { !ignored.contains($0.value) }
        return String(String.UnicodeScalarView(kept)).utf8.map(lowercase)
    }

    /// NTFS ignores trailing dots and spaces, knows streams (`.git::$INDEX_ALLOCATION`) and has
    /// the short name `git~1`.
    private static func isNTFSSpelling(_ name: [UInt8]) -> Bool {
        var stem = Array(name.prefix { $0 != UInt8(ascii: ":") && $0 != UInt8(ascii: "\\") })
        while let last = stem.last, last == UInt8(ascii: ".") || last == UInt8(ascii: " ") {
            stem.removeLast()
        }
        return stem == Array(".git".utf8) || stem == Array("git~1".utf8)
    }

    private static func lowercase(_ byte: UInt8) -> UInt8 {
        (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(byte) ? byte + 32 : byte
    }
}
