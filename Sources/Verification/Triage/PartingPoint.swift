internal import RunModel

extension HistoryReader {
    /// Where the lines of two commits part: the newest commit that both descend from.
    ///
    /// - Returns: `nil` where `good` leads to `bad`, or the other way round, and where the two have
    ///   nothing in common.
    func partingPoint(of good: String, and bad: String) async throws -> String? {
        let own = try await commits(from: good, to: bad)
        let known = Set(own)
        var shared: [String] = []
        for commit in own {
            for parent in try await parents(ofCommit: commit)
            where !known.contains(parent) && !shared.contains(parent) {
                shared.append(parent)
            }
        }
        guard !shared.contains(good) else { return nil }
        // Lines that crossed have several, none older than another; then the last to be met is one.
        for candidate in shared.reversed() {
            var isNewest = true
            for other in shared where isNewest && other != candidate {
                isNewest = try await !commits(from: other, to: candidate).isEmpty
            }
            if isNewest { return candidate }
        }
        return nil
    }
}
