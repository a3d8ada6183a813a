/// Joins windows to one excerpt.
enum LogExcerpt {
    private static let mostLines = 160
    private static let mostBytes = 24 << 10

    static func make(
        _ candidates: [LogCandidate], cause: LogCandidate?, tail: [LogLine]
    ) -> [LogLine] {
        var chosen: [Int: String] = [:]
        var bytes = 0
        func add(_ lines: [LogLine]) {
            for line in lines where chosen[line.number] == nil {
                guard chosen.count < mostLines, bytes + line.text.utf8.count < mostBytes else {
                    return
                }
                chosen[line.number] = line.text
                bytes += line.text.utf8.count
            }
        }
        add(cause?.window ?? [])
        add(tail)
        for candidate in worthShowing(candidates).sorted(by: {
            ($1.rank, $0.number) < ($0.rank, $1.number)
        }) {
            add(candidate.window)
        }
        return chosen.sorted { $0.key < $1.key }.map { LogLine(number: $0.key, text: $0.value) }
    }

    /// Where something proves more, of the lines with generic words the first and last few.
    private static func worthShowing(_ candidates: [LogCandidate]) -> [LogCandidate] {
        let strong = candidates.filter { $0.weight > .generic }
        guard !strong.isEmpty else { return candidates }
        let generic = candidates.filter { $0.weight == .generic }.sorted { $0.number < $1.number }
        return strong + generic.prefix(2) + generic.dropFirst(2).suffix(3)
    }
}
