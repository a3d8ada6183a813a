internal import RunModel

/// Recorded expectations that changed.
struct TestSnapshotChanged: Rule {
    let metadata = RuleMetadata(
        id: "test-snapshot-changed", category: .tests, severity: .medium, action: .review,
        title: "Snapshot or golden file changed",
        rationale: """
            A snapshot is an expected value that the runner writes by itself: updating it turns \
            any output into the right one. By structure this cannot be told from a wanted change.
            """,
        remedy: "Say in the description what changed in the output and why that is right.")

    private static let extensions: Set<String> = [
        "snap", "ambr", "golden", "approved", "snapshot", "expected", "golden2",
    ]
    private static let directories: Set<String> = [
        "__snapshots__", "snapshots", "golden", "goldens", "__image_snapshots__", "approvals",
        "__screenshots__",
    ]

    func evaluate(_ change: ChangeSetView, into findings: inout FindingCollector) async throws {
        for file in change.files where file.old != nil && file.kind != .copied {
            // A snapshot that only moved says the same.
            guard file.new == nil || file.old?.blob != file.new?.blob, Self.isSnapshot(file.path)
            else { continue }
            let what = file.new == nil ? "deleted" : "changed"
            findings.add(file, at: .wholeFile, "a recorded expectation is \(what)")
        }
    }

    private static func isSnapshot(_ path: String) -> Bool {
        let parts = path.lowercased().split(separator: "/").map(String.init)
        guard let name = parts.last else { return false }
        if extensions.contains(PathName(path).fileExtension) || name.contains(".approved.")
            || name.contains(".golden.") || name.contains(".verified.")
        {
            return true
        }
        return parts.dropLast().contains(where: directories.contains)
    }

    var examples: [RuleExample] {
        [
            .violating(
                "jest", base: ["src/__snapshots__/a.test.js.snap": "exports[`a 1`] = `3`;\n"],
                head: ["src/__snapshots__/a.test.js.snap": "exports[`a 1`] = `4`;\n"]),
            .violating(
                "Go", base: ["testdata/output.golden": "3\n"],
                head: ["testdata/output.golden": "4\n"]),
            .violating(
                "syrupy", base: ["tests/__snapshots__/test_a.ambr": "# name: test_a\n  3\n"],
                head: ["tests/__snapshots__/test_a.ambr": "# name: test_a\n  4\n"]),
            .violating(
                "insta", base: ["src/snapshots/calc__a.snap": "---\n3\n"]),
            .clean(
                "a new snapshot",
                head: ["src/__snapshots__/b.test.js.snap": "exports[`b 1`] = `3`;\n"]),
            .clean(
                "data that is no snapshot", base: ["testdata/input.json": "[3]\n"],
                head: ["testdata/input.json": "[4]\n"]),
        ]
    }
}
