/// The last lines of a log, raw, in buffers that are used again.
struct RecentLines {
    private var buffers: [[UInt8]]
    private var numbers: [Int]
    private var next = 0

    init(capacity: Int) {
        buffers = Array(repeating: [], count: capacity)
        numbers = Array(repeating: 0, count: capacity)
    }

    mutating func add(_ line: Span<UInt8>, number: Int) {
        buffers[next].removeAll(keepingCapacity: true)
        // SAFETY: the pointer is read within the closure only; the array copies it.
        line.withUnsafeBufferPointer { buffers[next].append(contentsOf: $0.prefix(4000)) }
        numbers[next] = number
        next = (next + 1) % buffers.count
    }

    func lines(before number: Int, count: Int) -> [LogLine] {
        numbers.indices.filter {
            numbers[$0] > 0 && numbers[$0] < number && numbers[$0] >= number - count
        }
        .sorted { numbers[$0] < numbers[$1] }
        .map { index in
            var content: [UInt8] = []
            let raw = buffers[index]
            LogLineCleaner.clean(raw.span, into: &content)
            return LogLine(
                number: numbers[index], text: String(decoding: content.prefix(2000), as: UTF8.self))
        }
    }
}
