internal import Glibc

/// The bytes of one file version, addressed by 1-based line.
///
/// Bytes stay as they are in git: no decoding, no newline conversion. A line excludes its
/// terminator, `\n` or `\r\n`.
package struct FileText: Sendable {
    package let bytes: [UInt8]
    /// Offset of each line's first byte.
    private let lineStarts: [UInt32]

    /// - Precondition: `bytes.count` fits in 32 bits; the gate's limits are far below.
    package init(_ bytes: [UInt8]) {
        precondition(bytes.count < Int(UInt32.max))
        self.bytes = bytes
        var starts: [UInt32] = bytes.isEmpty ? [] : [0]
        bytes.withUnsafeBytes { buffer in
            var next = buffer.baseAddress
            while let from = next, let base = buffer.baseAddress {
                let rest = buffer.count - (from - base)
                // SAFETY: memchr(3) looks at the `rest` bytes that are left of the array.
                guard let found = memchr(from, Int32(UInt8(ascii: "\n")), rest) else { break }
                let start = UnsafeRawPointer(found) - base + 1
                guard start < buffer.count else { break }
                starts.append(UInt32(truncatingIfNeeded: start))
                next = base + start
            }
        }
        lineStarts = starts
        isBinary = bytes.withUnsafeBufferPointer { $0[..<min($0.count, 8_000)].contains(0) }
    }

    package init(_ text: String) { self.init(Array(text.utf8)) }

    package var lineCount: Int { lineStarts.count }

    /// Byte offsets of a line, without its terminator.
    package func range(ofLine number: Int) -> Range<Int> {
        let start = Int(lineStarts[number - 1])
        var end = number < lineStarts.count ? Int(lineStarts[number]) : bytes.count
        if end > start, bytes[end - 1] == UInt8(ascii: "\n") { end -= 1 }
        if end > start, bytes[end - 1] == UInt8(ascii: "\r") { end -= 1 }
        return start..<end
    }

    /// Byte offsets of consecutive lines, terminators included.
    package func range(ofLines lines: Range<Int>) -> Range<Int> {
        guard !lines.isEmpty else { return 0..<0 }
        let start = Int(lineStarts[lines.lowerBound - 1])
        let next = lines.upperBound - 1
        return start..<(next < lineStarts.count ? Int(lineStarts[next]) : bytes.count)
    }

    /// How many whole lines both texts begin with and, apart from those, end with. It may miss one at
    /// the end.
    func linesInCommon(with other: FileText) -> (first: Int, last: Int) {
        let (begin, end) = bytes.withUnsafeBufferPointer { mine in
            other.bytes.withUnsafeBufferPointer { theirs in
                let shorter = min(mine.count, theirs.count)
                var (begin, end) = (0, 0)
                while begin < shorter, mine[begin] == theirs[begin] { begin += 1 }
                while end < shorter, mine[mine.count - 1 - end] == theirs[theirs.count - 1 - end] {
                    end += 1
                }
                return (begin, end)
            }
        }
        let endsWithin = begin == bytes.count && bytes.last == UInt8(ascii: "\n")
        let first = lineNumber(atOffset: begin) - (endsWithin ? 0 : 1)
        let last = lineCount - lineNumber(atOffset: bytes.count - end)
        return (first, min(last, lineCount - first, other.lineCount - first))
    }

    package func line(_ number: Int) -> ArraySlice<UInt8> { bytes[range(ofLine: number)] }

    /// A line as text; bytes that are not UTF-8 become U+FFFD.
    package func string(ofLine number: Int) -> String {
        String(decoding: line(number), as: UTF8.self)
    }

    /// The whole file as text; bytes that are not UTF-8 become U+FFFD.
    package var string: String { String(decoding: bytes, as: UTF8.self) }

    /// The line that holds a byte offset.
    package func lineNumber(atOffset offset: Int) -> Int {
        var low = 0
        var high = lineStarts.count
        while low < high {
            let middle = (low + high) / 2
            if Int(lineStarts[middle]) <= offset { low = middle + 1 } else { high = middle }
        }
        return max(low, 1)
    }

    /// What git calls binary: a NUL among the first 8,000 bytes.
    package let isBinary: Bool
}
