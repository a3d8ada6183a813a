/// The `.gitignore` files from the root down to the directory that is being read (gitignore(5)).
///
/// Only files of the worktree count: `info/exclude` and a user's own list would hide what another
/// user's git shows.
struct IgnoreRules {
    private struct Pattern {
        var glob: Wildmatch
        var isNegated: Bool
        var isForDirectories: Bool
        /// Without a slash it is held against the name alone.
        var isForName: Bool
    }

    private struct List {
        var directory: [UInt8]
        var patterns: [Pattern]
    }

    /// The innermost last.
    private var lists: [List] = []

    /// Enters a directory.
    ///
    /// - Parameter content: its `.gitignore`; empty where there is none.
    mutating func push(directory: [UInt8], content: [UInt8]) {
        let bom: [UInt8] = [0xEF, 0xBB, 0xBF]
        let text = content.starts(with: bom) ? content[3...] : content[...]
        let lines = text.split(separator: UInt8(ascii: "\n"))
        lists.append(List(directory: directory, patterns: lines.compactMap(Self.pattern)))
    }

    mutating func pop() { lists.removeLast() }

    /// Whether a path is ignored, given that no directory above it is: git re-includes nothing
    /// from beneath a directory that it ignores.
    func ignores(_ path: [UInt8], isDirectory: Bool) -> Bool {
        let name = CheckoutPlan.name(of: path)
        for list in lists.reversed() {
            let relative =
                list.directory.isEmpty ? path[...] : path.dropFirst(list.directory.count + 1)
            for pattern in list.patterns.reversed() where !pattern.isForDirectories || isDirectory {
                let isMatch =
                    pattern.isForName ? pattern.glob.matches(name) : pattern.glob.matches(relative)
                if isMatch { return !pattern.isNegated }
            }
        }
        return false
    }

    private static func pattern(_ line: ArraySlice<UInt8>) -> Pattern? {
        guard line.first != UInt8(ascii: "#") else { return nil }
        var text = line.last == UInt8(ascii: "\r") ? line.dropLast() : line
        trimSpaces(&text)
        let isNegated = text.first == UInt8(ascii: "!")
        if isNegated { text = text.dropFirst() }
        let isForDirectories = text.last == UInt8(ascii: "/")
        if isForDirectories { text = text.dropLast() }
        guard !text.isEmpty else { return nil }
        let isForName = !text.contains(UInt8(ascii: "/"))
        if text.first == UInt8(ascii: "/") { text = text.dropFirst() }
        return Pattern(
            glob: Wildmatch(Array(text)), isNegated: isNegated,
            isForDirectories: isForDirectories, isForName: isForName)
    }

    /// Blanks at the end do not count, unless a backslash stands before them.
    private static func trimSpaces(_ text: inout ArraySlice<UInt8>) {
        var end = text.startIndex
        var index = text.startIndex
        while index < text.endIndex {
            if text[index] == UInt8(ascii: "\\") {
                index = min(index + 2, text.endIndex)
                end = index
            } else {
                if text[index] != UInt8(ascii: " ") { end = index + 1 }
                index += 1
            }
        }
        text = text[..<end]
    }
}
