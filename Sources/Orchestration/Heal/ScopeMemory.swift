internal import RunModel
internal import Verification

/// The scope of an incident's failing tests, found once for each tree.
actor ScopeMemory {
    private let probe: ScopeProbe
    private var scopes: [String: TestScope] = [:]

    init(probe: ScopeProbe) { self.probe = probe }

    /// Globs that repairs are confined to, or none when nothing bounds them.
    ///
    /// What broke the tests is in reach even where they do not execute it: a deleted file is opened
    /// by nobody.
    func allowed(
        tree: String, tests: [String], triage: TriageReport
    ) async throws -> [String] {
        guard triage.class == .regression, !tests.isEmpty, tests != [TestRun.wholeCommand] else {
            return []
        }
        let scope: TestScope
        if let known = scopes[tree] {
            scope = known
        } else {
            scope = try await probe.scope(tree: tree, tests: tests)
            scopes[tree] = scope
        }
        let paths = scope.boundingPaths
        guard !paths.isEmpty else { return [] }
        let causal = triage.causalHunks.map(\.path)
        return Set(paths + causal).sorted().map(Self.literal) + Self.alwaysInReach
    }

    /// Dependencies and settings decide tests that open none of these themselves.
    private static let alwaysInReach = [
        "requirements*.txt", "pyproject.toml", "setup.cfg", "setup.py", "package.json", "*lock*",
        "Cargo.toml", "go.mod", "go.sum", "Package.swift", "Package.resolved", "pom.xml",
        "build.gradle*", "*.env*", "config/**", "Dockerfile", "Containerfile",
    ]

    /// A path as a glob: `?` in place of what would be a pattern.
    private static func literal(_ path: String) -> String {
        String(path.map { "*?[]{}\\".contains($0) ? "?" : $0 })
    }
}
