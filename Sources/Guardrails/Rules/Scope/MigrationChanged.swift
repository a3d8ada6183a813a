internal import RunModel

/// Database migrations that were already there, and new ones that destroy.
struct MigrationChanged: Rule {
    let metadata = RuleMetadata(
        id: "migration-changed", category: .scope, severity: .medium, action: .review,
        title: "Database migration rewritten",
        rationale: """
            A migration that has run somewhere is history: changing it makes databases differ that \
            believe themselves equal, and reverting the change does not bring data back.
            """,
        remedy: "Add a new migration instead.")

    private static let files = FileFilter(
        extensions: ["sql", "py", "rb", "js", "ts", "php", "go", "java", "kt", "cs", "exs"])

    func evaluate(_ change: ChangeSetView, into findings: inout FindingCollector) async throws {
        for file in change.files
        where file.traits.contains(.migration) && Self.files.accepts(file)
            && file.traits.isDisjoint(with: [.test, .testData, .vendored, .documentation])
            && file.old != nil && file.kind != .copied
            && PathName(file.path).lowered != "__init__.py"
        {
            if file.new == nil {
                findings.add(file, at: .wholeFile, "a migration is deleted")
            } else if !file.hunks.isEmpty {
                findings.add(
                    file, at: .line(file.hunks[0].head.lowerBound, .head),
                    "a migration that exists is changed")
            }
        }
    }

    var examples: [RuleExample] {
        [
            .violating(
                "a column is added to an old migration",
                base: ["db/migrate/001_users.sql": "create table u (id int);\n"],
                head: ["db/migrate/001_users.sql": "create table u (id int, a int);\n"]),
            .clean(
                "a new migration",
                head: ["db/migrate/002_users.sql": "alter table u add a int;\n"]),
        ]
    }
}
