package import RunModel

/// Keeps the head and the tail of a stream within a limit, and counts the rest.
package struct OutputCapture: Sendable {
    private var head: [UInt8] = []
    private var tail: [UInt8] = []
    private var tailStart = 0
    package private(set) var byteCount: UInt64 = 0
    let headLimit: Int
    let tailLimit: Int

    /// Most is for the head, which is also what is shown live; the tail tells how it ended.
    package init(byteLimit: UInt64?) {
        let limit = Int(clamping: byteLimit ?? UInt64(Int.max / 4))
        tailLimit = min(limit / 4, 256 << 10)
        headLimit = limit - tailLimit
    }

    package var isTruncated: Bool { byteCount > UInt64(headLimit + tailLimit) }

    /// Takes bytes in; returns how many of them, from the front, belong to the head.
    @discardableResult
    package mutating func append(_ bytes: ArraySlice<UInt8>) -> Int {
        byteCount += UInt64(bytes.count)
        let forHead = min(bytes.count, headLimit - head.count)
        head += bytes.prefix(forHead)
        for byte in bytes.dropFirst(forHead).suffix(tailLimit) {
            if tail.count < tailLimit {
                tail.append(byte)
            } else {
                tail[tailStart] = byte
                tailStart = tailStart + 1 == tailLimit ? 0 : tailStart + 1
            }
        }
        return forHead
    }

    /// What follows the head: a marker where something was left out, and the tail.
    package var end: [UInt8] {
        let ordered = Array(tail[tailStart...]) + tail[..<tailStart]
        guard isTruncated else { return ordered }
        let leftOut = byteCount - UInt64(head.count + tail.count)
        return Array("\n[drydock: \(leftOut) bytes left out]\n".utf8) + ordered
    }

    package var bytes: [UInt8] { head + end }

    package var report: StreamReport { StreamReport(bytes: byteCount, truncated: isTruncated) }
}

package enum OutputStream: Sendable, Equatable {
    case standardOutput, standardError
}
