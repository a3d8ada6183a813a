internal import RunModel
internal import SourceSyntax

/// What a change set did to tests: read once, used by every rule of this folder.
struct TestAnalysis: Sendable {
    var changes: [TestChange] = []
    /// Changed files with tests in them, by path of their side.
    var censuses: [Side: TestCensus] = [:]
    /// Files that could not be parsed and are judged by their words.
    var byWords: [WordComparison] = []

    struct Side: Hashable, Sendable {
        var side: TreeSide
        var path: String
    }

    /// The analysis of a change set, computed at its first use.
    static func of(_ change: ChangeSetView) -> TestAnalysis {
        change.memo.value(TestAnalysis.self, .head, "") { TestAnalysis(change) }
    }

    private init(_ change: ChangeSetView) {
        for file in change.files where file.old != nil && Self.isCandidate(file) {
            read(file, change)
        }
        for file in change.files where Self.isUnknownTest(file) {
            byWords.append(WordComparison(file, because: nil))
        }
        guard censuses.keys.contains(where: { $0.side == .base }) else { return }
        changes = compare(change, Subjects()).changes
        guard changes.contains(where: { Self.mayHaveMoved.contains($0.kind) }) else { return }
        // Only now is it worth reading new files, where what is missed may have gone, and asking
        // what became of the code that the tests were about.
        for file in change.files where file.old == nil && Self.isCandidate(file) {
            read(file, change)
        }
        changes = compare(change, subjects(change)).changes
    }

    private static let mayHaveMoved: Set<TestChange.Kind> = [
        .deleted, .replacedByRows, .assertionsRemoved, .helperAssertionsRemoved, .madeConstant,
    ]

    private mutating func read(_ file: ChangedFile, _ change: ChangeSetView) {
        do throws(ParseFailure) {
            for side in [TreeSide.base, .head] {
                guard let census = try Self.census(of: file, side, in: change).get() else {
                    continue
                }
                censuses[Side(side: side, path: census.path)] = census
            }
        } catch {
            byWords.append(WordComparison(file, because: error))
        }
    }

    /// Reads the files from the last to the first, so that a second thread meets the one that
    /// reads them in order half-way.
    static func readAhead(_ change: ChangeSetView, until deadline: Deadline)
        throws(GateLimitReached)
    {
        for file in change.files.reversed() where file.old != nil && isCandidate(file) {
            try deadline.check()
            for side in [TreeSide.base, .head] { _ = census(of: file, side, in: change) }
        }
    }

    /// Read once for every rule that asks.
    static func census(
        of file: ChangedFile, _ side: TreeSide, in change: ChangeSetView
    ) -> Result<TestCensus?, ParseFailure> {
        change.memo.value(Result<TestCensus?, ParseFailure>.self, side, file.path) {
            Result { () throws(ParseFailure) in try Self.census(of: file, side) }
        }
    }

    /// What became of the code under test.
    private struct Subjects {
        var removed: Set<String> = []
        /// Functions of files that lost something.
        var kept: Set<String> = []
        /// Functions that lost a good part of their body.
        var reduced: Set<String> = []
    }

    private func compare(_ change: ChangeSetView, _ subjects: Subjects) -> TestComparison {
        func side(_ wanted: TreeSide) -> [TestCensus] {
            censuses.filter { $0.key.side == wanted }.map(\.value).sorted { $0.path < $1.path }
        }
        var renames: [String: String] = [:]
        for file in change.files where file.kind == .renamed {
            if let old = file.old?.path, let new = file.new?.path { renames[old] = new }
        }
        return TestComparison(
            base: side(.base), head: side(.head), renames: renames,
            removedSymbols: subjects.removed, keptFunctions: subjects.kept,
            reducedFunctions: subjects.reduced)
    }

    /// Names that the change removed from the code under test: functions, classes, modules.
    private func subjects(_ change: ChangeSetView) -> Subjects {
        var base: [[SymbolSummary]] = []
        var head: [[SymbolSummary]] = []
        var modules: Set<String> = []
        for file in change.files where !file.traits.contains(.test) {
            guard let profile = LanguageCatalog.profile(path: file.path) else { continue }
            if file.new == nil, let stem = Self.stem(file.path) { modules.insert(stem) }
            modules.formUnion(MemberAssignments.removed(from: file))
            if let symbols = Self.symbols(file, .base, profile) { base.append(symbols) }
            if let symbols = Self.symbols(file, .head, profile) { head.append(symbols) }
        }
        let comparison = SymbolComparison(base: base, head: head)
        return Subjects(
            removed: modules.union(comparison.removed).union(comparison.renames.map(\.before)),
            kept: Set(head.joined().filter(\.isFunction).map(\.name)),
            reduced: comparison.reduced)
    }

    private static func symbols(
        _ file: ChangedFile, _ side: TreeSide, _ profile: LanguageProfile
    ) -> [SymbolSummary]? {
        guard let text = file.text(on: side), let path = file.file(on: side)?.path,
            file.removedLineCount > 0
        else { return nil }
        // A file that cannot be parsed proves nothing, so its tests count as deleted.
        return try? TestCensus(text.bytes, path: path, profile: profile).symbols
    }

    private static func stem(_ path: String) -> String? {
        guard let name = path.split(separator: "/").last else { return nil }
        let stem = name.prefix { $0 != "." }
        return stem.count > 2 ? String(stem) : nil
    }

    // MARK: Files

    private static func isCandidate(_ file: ChangedFile) -> Bool {
        guard file.traits.isDisjoint(with: [.vendored, .generated]) else { return false }
        return [TreeSide.base, .head].contains { side in
            guard let path = file.file(on: side)?.path, let text = file.text(on: side),
                let profile = LanguageCatalog.profile(path: path)
            else { return false }
            // Any file of Rust may hold tests; helpers in the tests' folders name no framework.
            if PathTraits(path: path).contains(.test) { return true }
            return profile.language != .rust && profile.mayHoldTests(path)
                || holdsTests(text.bytes)
        }
    }

    /// Tests in source files name their framework.
    private static let hints = BytePatternSet([
        "[test]", "::test]", "[rstest", "[test_case", "[quickcheck", "proptest!", "@Test", "TEST(",
        "TEST_F(", "TEST_CASE(", "[Fact", "[Test",
        "describe(", "RSpec.", "unittest",
    ])

    /// Whether a file outside of the tests' folders names a test framework.
    static func holdsTests(_ bytes: [UInt8]) -> Bool { hints.isAny(in: bytes) }

    private static func isUnknownTest(_ file: ChangedFile) -> Bool {
        file.traits.contains(.test) && file.traits.isDisjoint(with: [.documentation, .testData])
            && LanguageCatalog.profile(path: file.path) == nil && file.base.text != nil
    }

    private static func census(
        of file: ChangedFile, _ side: TreeSide
    ) throws(ParseFailure) -> TestCensus? {
        guard let text = file.text(on: side), let path = file.file(on: side)?.path,
            !text.isBinary,
            let profile = LanguageCatalog.profile(path: path, head: Array(text.bytes.prefix(80)))
        else { return nil }
        return try TestCensus(text.bytes, path: path, profile: profile)
    }
}
