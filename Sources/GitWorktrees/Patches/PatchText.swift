/// Checks that a git patch says one thing: names that agree in every header of a file, hunks as
/// long as they announce, nothing in between.
///
/// A patch that two programs read differently is judged by one and applied by the other (gh-aw
/// pull request 36752), so what is ambiguous is refused before it is applied.
package struct PatchText {
    /// How many files the patch changes.
    package private(set) var fileCount = 0

    private let lines: [ArraySlice<UInt8>]
    private var next = 0

    /// - Throws: `PatchFormatError` with the line that is wrong.
    package init(_ bytes: [UInt8]) throws(PatchFormatError) {
        lines = bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
        // What precedes the first file is a message, as `git format-patch` writes it.
        while next < lines.count, !starts("diff --git ") {
            if starts("@@ -") || starts("+++ ") || starts("diff ") {
                throw problem("a change without a \"diff --git\" header")
            }
            next += 1
        }
        while next < lines.count {
            if starts("diff --git ") {
                try section()
            } else if isTrailer() {
                break
            } else {
                throw problem("text that belongs to no file")
            }
        }
        if fileCount == 0, bytes.contains(where: { $0 > 0x20 }) {
            throw PatchFormatError(line: 1, problem: "no \"diff --git\" header: not a git patch")
        }
    }

    /// `-- ` and a version end the mails of `git format-patch`; blank lines end files.
    private func isTrailer() -> Bool {
        lines[next...].first.map { $0.elementsEqual("-- ".utf8) } == true
            || lines[next...].allSatisfy(\.isEmpty)
    }

    private struct Names {
        var old: ArraySlice<UInt8>?
        var new: ArraySlice<UInt8>?
    }

    private mutating func section() throws(PatchFormatError) {
        let headerLine = next
        let header = lines[next].dropFirst("diff --git ".utf8.count)
        fileCount += 1
        next += 1
        var names = Names()
        var isBinary = false
        header: while next < lines.count {
            switch true {
            case starts("rename from "), starts("copy from "):
                try agree(&names.old, value(after: " from "))
            case starts("rename to "), starts("copy to "):
                try agree(&names.new, value(after: " to "))
            case starts("--- "):
                if let name = try prefixed(value(after: "--- "), "a/") {
                    try agree(&names.old, name)
                }
                next += 1
                guard next < lines.count, starts("+++ ") else {
                    throw problem("\"---\" without \"+++\"")
                }
                if let name = try prefixed(value(after: "+++ "), "b/") {
                    try agree(&names.new, name)
                }
                guard next + 1 < lines.count, lines[next + 1].starts(with: "@@ -".utf8) else {
                    throw problem("file names without a hunk")
                }
            case starts("index "), starts("old mode "), starts("new mode "),
                starts("new file mode "), starts("deleted file mode "),
                starts("similarity index "), starts("dissimilarity index "):
                break
            case starts("GIT binary patch"), starts("Binary files "):
                isBinary = true
                break header
            default: break header
            }
            next += 1
        }
        try check(header, names, line: headerLine)
        if isBinary {
            while next < lines.count, !starts("diff --git "), !isTrailer() { next += 1 }
        } else {
            while next < lines.count, starts("@@ -") { try hunk() }
        }
    }

    /// The header repeats the names; without others (a mode alone) it must name one file twice.
    private func check(
        _ header: ArraySlice<UInt8>, _ names: Names, line: Int
    ) throws(PatchFormatError) {
        let isQuoted = header.contains(UInt8(ascii: "\""))
        func written(_ prefix: String, _ name: ArraySlice<UInt8>) -> [UInt8] {
            guard name.first == UInt8(ascii: "\"") else { return Array(prefix.utf8) + name }
            return Array("\"\(prefix)".utf8) + name.dropFirst()
        }
        guard let old = names.old ?? names.new, let new = names.new ?? names.old else {
            let half = header.count / 2
            let left = header.prefix(half)
            let right = header.dropFirst(half + 1)
            let sameName =
                left.dropFirst(isQuoted ? 3 : 2).elementsEqual(right.dropFirst(isQuoted ? 3 : 2))
            guard header.count % 2 == 1, sameName else {
                throw PatchFormatError(
                    line: line + 1, problem: "a header that names two files and no rename")
            }
            return
        }
        guard header.elementsEqual(written("a/", old) + [0x20] + written("b/", new)) else {
            throw PatchFormatError(
                line: line + 1,
                problem: "the header names other files than the lines below it")
        }
    }

    private func agree(
        _ known: inout ArraySlice<UInt8>?, _ name: ArraySlice<UInt8>
    ) throws(PatchFormatError) {
        if let known, !known.elementsEqual(name) {
            throw problem("two different names for one file")
        }
        known = name
    }

    /// The name without its prefix; `nil` for `/dev/null`.
    private func prefixed(
        _ name: ArraySlice<UInt8>, _ prefix: String
    ) throws(PatchFormatError) -> ArraySlice<UInt8>? {
        let bare = name.last == UInt8(ascii: "\t") ? name.dropLast() : name
        if bare.elementsEqual("/dev/null".utf8) { return nil }
        if bare.starts(with: prefix.utf8) { return bare.dropFirst(prefix.utf8.count) }
        if bare.starts(with: "\"\(prefix)".utf8) {
            return [UInt8(ascii: "\"")] + bare.dropFirst(prefix.utf8.count + 1)
        }
        throw problem("a name without the prefix \(prefix)")
    }

    private mutating func hunk() throws(PatchFormatError) {
        guard let counts = Self.counts(lines[next]) else { throw problem("a damaged hunk header") }
        var (old, new) = counts
        next += 1
        while old > 0 || new > 0 {
            guard next < lines.count else { throw problem("a hunk shorter than its header says") }
            switch lines[next].first {
            case UInt8(ascii: "-"): old -= 1
            case UInt8(ascii: "+"): new -= 1
            case UInt8(ascii: " "), nil:
                old -= 1
                new -= 1
            case UInt8(ascii: "\\"): break
            default: throw problem("a line of a hunk that is neither kept, added nor removed")
            }
            guard old >= 0, new >= 0 else {
                throw problem("a hunk longer than its header says")
            }
            next += 1
        }
        while next < lines.count, lines[next].first == UInt8(ascii: "\\") { next += 1 }
        if next < lines.count, let first = lines[next].first,
            "+- ".utf8.contains(first), !isTrailer()
        {
            throw problem("a hunk longer than its header says")
        }
    }

    /// `@@ -line,count +line,count @@`; a missing count is 1.
    private static func counts(_ line: ArraySlice<UInt8>) -> (Int, Int)? {
        let words = line.split(separator: UInt8(ascii: " "), maxSplits: 4)
        guard words.count >= 4, words[3].elementsEqual("@@".utf8),
            words[1].first == UInt8(ascii: "-"), words[2].first == UInt8(ascii: "+")
        else { return nil }
        func count(_ word: ArraySlice<UInt8>) -> Int? {
            let parts = word.dropFirst().split(
                separator: UInt8(ascii: ","), omittingEmptySubsequences: false)
            let numbers = parts.map { Int(String(decoding: $0, as: UTF8.self)) }
            guard (1...2).contains(parts.count), let start = numbers[0], start >= 0 else {
                return nil
            }
            let count = parts.count == 2 ? numbers[1] : 1
            return count.flatMap { $0 >= 0 && $0 < 1 << 31 ? $0 : nil }
        }
        guard let old = count(words[1]), let new = count(words[2]) else { return nil }
        return (old, new)
    }

    private func starts(_ prefix: String) -> Bool { lines[next].starts(with: prefix.utf8) }

    private func value(after mark: String) -> ArraySlice<UInt8> {
        let line = lines[next]
        let length = mark.utf8.count
        var start = line.startIndex
        while start + length <= line.endIndex, !line[start...].starts(with: mark.utf8) {
            start += 1
        }
        return line[min(start + length, line.endIndex)...]
    }

    private func problem(_ problem: String) -> PatchFormatError {
        PatchFormatError(line: next + 1, problem: problem)
    }
}

/// A patch that cannot be taken at its word.
package struct PatchFormatError: Error, Sendable, Equatable, CustomStringConvertible {
    /// 1-based line of the patch.
    package var line: Int
    package var problem: String

    package var description: String {
        "patch, line \(line): \(problem); make it with git diff --binary"
    }
}
