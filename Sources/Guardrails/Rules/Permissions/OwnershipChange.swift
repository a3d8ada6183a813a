internal import RunModel

/// Scripts and code that hand files to root or to everyone.
struct OwnershipChange: PatternRule {
    let metadata = RuleMetadata(
        id: "ownership-change", category: .permissions, severity: .medium, action: .review,
        title: "Ownership given to root or of system directories",
        rationale: """
            Handing files to root, or system directories to a service, moves the line between what \
            the service may and may not do.
            """,
        remedy: "Give ownership of the service's own directories to the service's own user.")

    private static let files = FileFilter.shellLike.union(.sourceCode)
        .excluding([.test, .testData, .documentation])

    let patterns: [ContentPattern] = [
        ContentPattern(
            "\\bchown[ \\t]+(-[a-zA-Z]+[ \\t]+)*[\"']?(root|0)([:. \\t]|$)", files: Self.files,
            confirm: { $0.isComment ? nil : $0.wholeLine }),
        ContentPattern(
            "\\bchown[ \\t]+[^\\n]*[ \\t]/(etc|usr|bin|sbin|lib|boot|root|var/run/docker)\\b",
            files: Self.files, confirm: { $0.isComment ? nil : $0.wholeLine }),
        ContentPattern(
            "\\b(l|f)?chown(Sync)?[ \\t]*\\([^\\n]*,[ \\t]*0[ \\t]*,[ \\t]*0[ \\t]*\\)",
            ignoresCase: true, files: Self.files, confirm: { $0.isComment ? nil : $0.wholeLine }),
    ]

    func message(for match: ContentMatch) -> String { "ownership goes to root or to the system" }

    var examples: [RuleExample] {
        [
            .violating(
                "a script gives a tree to root", head: ["i.sh": "chown -R root:root /srv/app\n"]),
            .violating("code does", head: ["i.py": "import os\nos.chown(path, 0, 0)\n"]),
            .violating(
                "a service gets /etc", head: ["Dockerfile": "RUN chown -R app /etc/app\n"]),
            .clean(
                "an image gives its directory to its user",
                head: ["Dockerfile": "RUN chown -R app:app /home/app\n"]),
            .clean("in prose", head: ["docs/install.md": "Run chown root:root file.\n"]),
        ]
    }
}
