internal import RunModel

/// What verification must know of a test runner: which files steer it, how to plant tests that must
/// fail, and how to copy a test. Adding one is a file here and a line in `HarnessCatalogue`.
protocol RunnerHarness: Sendable {
    /// Ids in `RunnerCatalog`.
    var runners: [String] { get }
    /// Files besides the tests that decide what runs and how: restored from the base.
    var configuration: PathPatterns { get }
    /// Files that would take the place of the runner or of its libraries, if a change added them.
    var shadows: PathPatterns { get }
    /// Manifests of which only some keys steer the runner.
    var manifests: [any ManifestFormat] { get }
    /// Shell text that prints what runs the tests: versions and digests.
    var toolchainProbe: String { get }
    /// Tests that must fail, to be laid over the tree.
    func canaries(_ planting: inout Planting)
    /// Copies of fixed tests under other names, some with other expected values.
    func copies(of tests: [String], _ planting: inout Planting)
    /// Tests that live inside a source file put back as they were in the base, or `nil` when there
    /// are none.
    func restoringInlineTests(path: String, head: String, base: String) -> String?
    /// Variables by which the tests see another date, and whatever hangs under one does not.
    func environment(on date: FalseDate) -> [String: String]
}

extension RunnerHarness {
    var shadows: PathPatterns { PathPatterns([]) }

    func restoringInlineTests(path: String, head: String, base: String) -> String? { nil }

    func environment(on date: FalseDate) -> [String: String] { date.environment }
}

/// All harnesses. A runner without one can be run, but nothing it says is proof.
enum HarnessCatalogue {
    static let all: [any RunnerHarness] = [
        CargoHarness(),
        GoHarness(),
        JUnitHarness(),
        NodeHarness(),
        PytestHarness(),
        SwiftHarness(),
        UnittestHarness(),
    ]

    static func harness(for runner: String) -> (any RunnerHarness)? {
        all.first { $0.runners.contains(runner) }
    }
}

/// Tests to be planted, and what must become of them.
struct Planting {
    /// Text of the pristine tree's test files, by path below `folder`.
    let sources: [String: String]
    /// Directories that get a canary.
    let directories: [String]
    /// Where the runner runs, of which all its paths speak; empty is the root.
    let folder: String
    private var names: NameSource
    private(set) var files: [String: String] = [:]
    private(set) var canaries: [String] = []
    private(set) var copies: [Copy] = []
    /// Copies that must pass where no test and no runner is among the callers.
    private(set) var detached: [Copy] = []
    /// Fixed tests that could not be copied, with the reason.
    private(set) var uncopied: [String: String] = [:]

    struct Copy: Sendable, Equatable {
        /// A part of the copy's id that no other test has.
        var name: String
        /// The test that it is a copy of.
        var original: String
        var mustPass: Bool
    }

    init(
        sources: [String: String], directories: [String], names: NameSource, folder: String = ""
    ) {
        self.sources = sources
        self.directories = directories
        self.folder = folder
        self.names = names
    }

    var overlays: [OverlayFile] {
        files.sorted { $0.key < $1.key }.map {
            OverlayFile(path: $0.key.inDirectory(folder), content: Array($0.value.utf8))
        }
    }

    mutating func name() -> String { names.next() }

    /// A file's text with everything that was planted into it so far.
    func text(of path: String) -> String? { files[path] ?? sources[path] }

    mutating func write(_ text: String, to path: String) { files[path] = text }

    mutating func expectCanary(_ name: String) { canaries.append(name) }

    mutating func expectCopy(_ name: String, of original: String, mustPass: Bool) {
        copies.append(Copy(name: name, original: original, mustPass: mustPass))
    }

    mutating func expectDetached(_ name: String, of original: String) {
        detached.append(Copy(name: name, original: original, mustPass: true))
    }

    mutating func leaveOut(_ test: String, reason: String) { uncopied[test] = reason }
}

/// Random names that look like anyone's, so that nothing gives a planted test away.
struct NameSource {
    private static let adjectives = [
        "amber", "brisk", "calm", "dusty", "early", "faint", "gentle", "hollow", "ivory", "jolly",
        "keen", "lunar", "mellow", "narrow", "olive", "plain", "quiet", "rapid", "silent", "tidy",
    ]
    private static let nouns = [
        "anchor", "basin", "canal", "delta", "ember", "ferry", "garden", "harbor", "island",
        "jetty", "kettle", "ladder", "meadow", "needle", "orchard", "pebble", "quarry", "river",
        "saddle", "timber",
    ]
    private var generator = SystemRandomNumberGenerator()

    mutating func next() -> String {
        let adjective = Self.adjectives.randomElement(using: &generator) ?? "plain"
        let noun = Self.nouns.randomElement(using: &generator) ?? "river"
        return "\(adjective)_\(noun)_\(UInt32.random(in: 100_000...9_999_999, using: &generator))"
    }
}

extension String {
    /// `a/b` of `a/b/c`, empty without a slash.
    var directoryOfPath: String { lastIndex(of: "/").map { String(self[..<$0]) } ?? "" }

    var lastOfPath: String {
        lastIndex(of: "/").map { String(self[index(after: $0)...]) } ?? self
    }

    func inDirectory(_ directory: String) -> String {
        directory.isEmpty ? self : directory + "/" + self
    }
}
