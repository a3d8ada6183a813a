/// Text of unknown length of which the beginning and the end are kept: the first cause stands in
/// the one, the final message in the other.
struct BoundedText {
    private let limit: Int
    private var head: [UInt8] = []
    private var tail: [UInt8] = []
    /// Bytes between head and tail that are gone.
    private var dropped = 0

    /// - Parameter limit: how many bytes to keep at most, apart from the note on what is gone.
    init(limit: Int) {
        self.limit = max(limit, 2)
    }

    var isEmpty: Bool { head.isEmpty }

    mutating func append(_ bytes: [UInt8]) {
        append(bytes.span)
    }

    mutating func append(_ bytes: Span<UInt8>) {
        let room = max(0, limit / 2 - head.count)
        head.append(all: bytes.extracting(0..<min(room, bytes.count)))
        guard bytes.count > room else { return }
        // Of what is longer than the tail only the end can stay.
        let keep = limit / 2
        let first = max(room, bytes.count - keep)
        dropped += first - room
        tail.append(all: bytes.extracting(first..<bytes.count))
        // Twice the size before cutting makes the moves linear in what is appended.
        if tail.count > 2 * keep { shorten(to: keep) }
    }

    mutating func append(_ text: String) {
        append(Array(text.utf8))
    }

    private mutating func shorten(to keep: Int) {
        dropped += tail.count - keep
        tail.removeFirst(tail.count - keep)
    }

    /// What was kept, invalid UTF-8 replaced; `nil` when nothing was ever appended.
    mutating func finish() -> String? {
        guard !head.isEmpty else { return nil }
        if tail.count > limit / 2 { shorten(to: limit / 2) }
        let end = String(decoding: tail, as: UTF8.self)
        let start = String(decoding: head, as: UTF8.self)
        // Without a cut the two join inside a character perhaps, so they are decoded as one.
        guard dropped > 0 else { return String(decoding: head + tail, as: UTF8.self) }
        return start + "\n[... \(dropped) bytes left out ...]\n" + end
    }
}
