/// A line of a log as it is shown.
package struct LogLine: Sendable, Codable, Equatable {
    /// From 1.
    package var number: Int
    /// Without time stamp and terminal control sequences.
    package var text: String

    package init(number: Int, text: String) {
        self.number = number
        self.text = text
    }
}

/// Takes from a raw line what only a terminal or the CI system needs.
enum LogLineCleaner {
    /// Appends the line's content to `target`: without time stamp, control sequences and what a
    /// carriage return wrote over.
    static func clean(_ line: Span<UInt8>, into target: inout [UInt8]) {
        var index = contentStart(line)
        guard hasControl(line, from: index) else {
            // SAFETY: the pointer is read within the closure only; the array copies it.
            line.withUnsafeBufferPointer { target.append(contentsOf: $0[index...]) }
            return
        }
        while index < line.count {
            let byte = line[index]
            index += 1
            switch byte {
            case 0x1B:
                index = afterControlSequence(line, index)
            case 0x0D:
                if index < line.count { target.removeAll(keepingCapacity: true) }
            default:
                target.append(byte)
            }
        }
    }

    private static func hasControl(_ line: Span<UInt8>, from start: Int) -> Bool {
        for index in start..<line.count where line[index] == 0x1B || line[index] == 0x0D {
            return true
        }
        return false
    }

    /// Where the content begins, after `job<TAB>step<TAB>` of `gh run view --log` and a time stamp.
    static func contentStart(_ line: Span<UInt8>) -> Int {
        let plain = afterTimeStamp(line, 0)
        guard plain == 0 else { return plain }
        var tabs = 0
        for index in 0..<min(line.count, 200) where line[index] == 0x09 {
            tabs += 1
            guard tabs == 2 else { continue }
            let start = afterTimeStamp(line, index + 1)
            return start > index + 1 ? start : 0
        }
        return 0
    }

    /// `2024-01-01T00:00:00.0000000Z `, GitLab's `...Z 00O `, `[2024-01-01 00:00:00] `, `[00:00:00] `.
    private static func afterTimeStamp(_ line: Span<UInt8>, _ start: Int) -> Int {
        guard start < line.count else { return start }
        var index = start
        let isBracketed = line[index] == UInt8(ascii: "[")
        if isBracketed { index += 1 }
        let first = index
        var digits = 0
        var separators = 0
        stamp: while index < min(line.count, first + 40) {
            switch line[index] {
            case UInt8(ascii: "0")...UInt8(ascii: "9"): digits += 1
            case UInt8(ascii: "-"), UInt8(ascii: ":"), UInt8(ascii: "."), UInt8(ascii: ","),
                UInt8(ascii: "T"), UInt8(ascii: "Z"), UInt8(ascii: "+"):
                separators += 1
            case UInt8(ascii: " ") where isBracketed && digits == 8: separators += 1
            default: break stamp
            }
            index += 1
        }
        guard digits >= 6, separators >= 2, index < line.count else { return start }
        if isBracketed {
            guard line[index] == UInt8(ascii: "]") else { return start }
            index += 1
        }
        guard index < line.count, line[index] == UInt8(ascii: " ") else { return start }
        index += 1
        return isBracketed ? index : afterStreamMark(line, index)
    }

    /// GitLab marks the stream: `00O `, `01E+`.
    private static func afterStreamMark(_ line: Span<UInt8>, _ start: Int) -> Int {
        guard start + 3 < line.count, line[start] == UInt8(ascii: "0"),
            line[start + 2] == UInt8(ascii: "O") || line[start + 2] == UInt8(ascii: "E"),
            line[start + 3] == UInt8(ascii: " ") || line[start + 3] == UInt8(ascii: "+")
        else { return start }
        return start + 4
    }

    private static func afterControlSequence(_ line: Span<UInt8>, _ start: Int) -> Int {
        guard start < line.count, line[start] == UInt8(ascii: "[") else { return start + 1 }
        var index = start + 1
        while index < line.count, !(0x40...0x7E).contains(line[index]) { index += 1 }
        return index + 1
    }
}
