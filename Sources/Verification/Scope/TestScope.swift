/// What of a tree failing tests depend on: where a repair may be.
package struct TestScope: Codable, Sendable, Equatable {
    package enum Granularity: String, Codable, Sendable, CaseIterable {
        case lines, files
        /// Nothing is known; everything may matter.
        case unknown
    }

    package struct File: Codable, Sendable, Equatable {
        package var path: String
        /// First and last line of each stretch, 1-based; `nil` where only the file is known.
        package var lines: [[Int]]?

        package init(path: String, lines: [[Int]]? = nil) {
            self.path = path
            self.lines = lines
        }
    }

    package var granularity: Granularity
    /// `coverage.py`, `go cover`, `c8`, `gcov`, `llvm-cov`, `fanotify` or `seccomp`.
    package var method: String?
    /// Ordered by path, tests themselves left out.
    package var files: [File]
    /// Whether more was opened than could be followed: then `files` is not all.
    package var hasOverflowed: Bool
    /// What makes the scope wider or narrower than one would think.
    package var notes: [String]

    package init(
        granularity: Granularity, method: String? = nil, files: [File] = [],
        hasOverflowed: Bool = false, notes: [String] = []
    ) {
        self.granularity = granularity
        self.method = method
        self.files = files
        self.hasOverflowed = hasOverflowed
        self.notes = notes
    }

    package enum CodingKeys: String, CodingKey {
        case granularity, method, files
        case hasOverflowed = "overflowed"
        case notes
    }

    /// Paths that a repair may be confined to; empty when the scope does not bound anything.
    package var boundingPaths: [String] {
        granularity == .unknown || hasOverflowed ? [] : files.map(\.path)
    }

    /// Stretches of consecutive numbers.
    static func stretches(_ lines: Set<Int>) -> [[Int]] {
        var result: [[Int]] = []
        for line in lines.sorted() {
            if let last = result.last, last[1] + 1 == line {
                result[result.count - 1][1] = line
            } else {
                result.append([line, line])
            }
        }
        return result
    }
}
