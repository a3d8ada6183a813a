/// Lines that a run executed, by path as its tool names the file.
package struct CoveredLines: Sendable, Equatable {
    /// 1-based line numbers.
    package private(set) var files: [String: Set<Int>] = [:]

    /// A tool's report may state any number: lines beyond this are no lines of a source file.
    private static let lineMax = 10_000_000

    package init() {}

    package var isEmpty: Bool { files.isEmpty }

    mutating func add(_ line: Int, of path: String) {
        guard (1...Self.lineMax).contains(line) else { return }
        files[path, default: []].insert(line)
    }

    mutating func add(_ lines: ClosedRange<Int>, of path: String) {
        guard lines.lowerBound >= 1, lines.upperBound <= Self.lineMax, lines.count <= 1_000_000
        else { return }
        files[path, default: []].formUnion(lines)
    }

    package mutating func merge(_ other: CoveredLines) {
        files.merge(other.files) { $0.union($1) }
    }

    /// The same lines by paths of a tree: absolute paths below `root`, import paths of Go and URLs
    /// are matched by their longest end that is a path of the tree.
    package func resolved(to paths: Set<String>, root: String) -> CoveredLines {
        var result = CoveredLines()
        for (name, lines) in files {
            var name = name[...]
            if name.hasPrefix("file://") { name = name.dropFirst("file://".count) }
            if name.hasPrefix(root + "/") { name = name.dropFirst(root.count + 1) }
            if name.hasPrefix("./") { name = name.dropFirst(2) }
            while !name.isEmpty {
                if paths.contains(String(name)) {
                    result.files[String(name), default: []].formUnion(lines)
                    break
                }
                guard let slash = name.firstIndex(of: "/") else { break }
                name = name[name.index(after: slash)...]
            }
        }
        return result
    }
}

/// Formats in which coverage tools say which lines were executed.
package enum CoverageFormat: String, Sendable, CaseIterable {
    /// `coverage json` of coverage.py.
    case coveragePy = "coverage.py"
    /// `gcov --json-format`, one document per line.
    case gcov
    /// `llvm-cov export`, as `swift test --enable-code-coverage` leaves it.
    case llvmCov = "llvm-cov"
    /// `go test -coverprofile`.
    case goCover = "go cover"
    /// V8's own, from `NODE_V8_COVERAGE`: what c8 reads too.
    case v8 = "c8"
    /// lcov's tracefile, which c8, gcovr and others write.
    case lcov

    /// - Parameter source: the text of a file, for formats that count characters; by the path that
    ///   the report states.
    /// - Throws: `TestReportError` for what is not in the format.
    package func read(
        _ bytes: [UInt8], source: (String) -> String? = { _ in nil }
    ) throws(TestReportError) -> CoveredLines {
        let limit = 256 << 20
        guard bytes.count <= limit else { throw .tooLarge(rawValue, limit: limit) }
        do {
            switch self {
            case .coveragePy: return try CoverageReaders.coveragePy(bytes)
            case .gcov: return try CoverageReaders.gcov(bytes)
            case .llvmCov: return try CoverageReaders.llvmCov(bytes)
            case .goCover: return CoverageReaders.goCover(bytes)
            case .v8: return try CoverageReaders.v8(bytes, source: source)
            case .lcov: return CoverageReaders.lcov(bytes)
            }
        } catch {
            throw TestReportError(
                .malformed, subject: rawValue, reason: JSONText.reason(error),
                remedy: "See whether the tool was stopped while it wrote the file")
        }
    }
}
