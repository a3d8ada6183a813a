/// `$Id$`, as `ident` of gitattributes(5) says and git's convert.c does. libgit2 1.5 expands the
/// first keyword of a file only.
enum IdentKeyword {
    private static let dollar = UInt8(ascii: "$")
    private static let lineFeed = UInt8(ascii: "\n")

    /// `$Id$` becomes `$Id: <blob> $`; expansions of other version control systems stay.
    static func expand(_ bytes: [UInt8], blob: ObjectID) -> [UInt8]? {
        rewrite(bytes, replacement: Array("Id: \(blob) $".utf8)) { keyword in
            guard let text = keyword else { return true }
            // A blank inside is not git's: `$Id: file.c 1.4 2003/01/02 $` is kept.
            guard let blank = text.dropFirst().firstIndex(of: UInt8(ascii: " ")) else {
                return true
            }
            return blank >= text.endIndex - 1
        }
    }

    /// `$Id: anything $` becomes `$Id$`.
    static func collapse(_ bytes: [UInt8]) -> [UInt8]? {
        rewrite(bytes, replacement: Array("Id$".utf8)) { $0 != nil }
    }

    /// - Parameter isWanted: gets what stands between `Id:` and the dollar; `nil` for `$Id$`.
    /// - Returns: `nil` when nothing changes.
    private static func rewrite(
        _ bytes: [UInt8], replacement: [UInt8], isWanted: (ArraySlice<UInt8>?) -> Bool
    ) -> [UInt8]? {
        var result: [UInt8] = []
        var rest = bytes[...]
        var isChanged = false
        while let start = rest.firstIndex(of: dollar) {
            result += rest[...start]
            rest = rest[(start + 1)...]
            guard let length = keywordLength(rest) else { continue }
            let text =
                length == 3 ? nil : rest[(rest.startIndex + 3)..<(rest.startIndex + length - 1)]
            guard isWanted(text) else { continue }
            result += replacement
            rest = rest.dropFirst(length)
            isChanged = true
        }
        return isChanged ? result + rest : nil
    }

    /// Of `Id$` or `Id:...$` on one line, with the dollar.
    private static func keywordLength(_ bytes: ArraySlice<UInt8>) -> Int? {
        guard bytes.starts(with: Array("Id".utf8)), bytes.count >= 3 else { return nil }
        let third = bytes[bytes.startIndex + 2]
        if third == dollar { return 3 }
        guard third == UInt8(ascii: ":"),
            let end = bytes.dropFirst(3).firstIndex(where: { $0 == dollar || $0 == lineFeed }),
            bytes[end] == dollar
        else { return nil }
        return end - bytes.startIndex + 1
    }
}
