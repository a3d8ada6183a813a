internal import RunModel

/// Everyone, everything: permissions without a limit.
struct WildcardPermission: PatternRule {
    let metadata = RuleMetadata(
        id: "wildcard-permission", category: .code, severity: .high, action: .block,
        title: "Permission for everyone or everything",
        rationale: """
            A wildcard grants what nobody asked for, and what will be added later as well.
            """,
        remedy: "Name the origins, actions, resources or users that need it.",
        languages: ["CORS", "IAM", "Kubernetes", "SQL", "sudoers", "Terraform"])

    private static let outside: PathTraits = [
        .test, .testData, .documentation, .vendored, .generated, .sample,
    ]
    private static let settings = FileFilter.yaml.union(.terraform)
        .union(FileFilter(extensions: ["json", "tfvars"]))
    private static let code = FileFilter.sourceCode

    let patterns: [ContentPattern] = [
        // With credentials, any site acts in the name of whoever visits it.
        .code(
            "\\borigin[\"']?[ \\t]*:[ \\t]*([\"']\\*[\"']|true)[^\\n]*credentials[\"']?[ \\t]*:[ \\t]*true",
            files: Self.code.excluding(outside)),
        .code(
            "Access-Control-Allow-Origin[\"']?[ \\t]*[,:=>)]+[ \\t]*[\"']?\\*",
            ignoresCase: true, files: Self.code.union(Self.settings).excluding(outside),
            certainty: .possible),
        .code(
            "(allow_?origins?|allowed_?origins?|cors_?origins?)[\"']?[ \\t]*[:=(]+[ \\t]*[\\[(]?[ \\t]*[\"']\\*[\"']",
            ignoresCase: true, files: Self.code.union(Self.settings).excluding(outside),
            certainty: .possible),
        .code(
            "(CORS_ORIGIN_ALLOW_ALL|CORS_ALLOW_ALL_ORIGINS)[ \\t]*=[ \\t]*True|AllowAnyOrigin\\(\\)|allowAllOrigins[\"']?[ \\t]*[:=][ \\t]*true",
            ignoresCase: true, files: Self.code.union(Self.settings).excluding(outside),
            certainty: .possible),
        .code(
            "[\"']?\\b(Not)?Actions?[\"']?[ \\t]*[:=][ \\t]*\\[?[ \\t]*[\"']?(\\*|[a-z0-9-]+:\\*)([\"' \\t,\\]]|$)",
            ignoresCase: true, files: Self.settings.excluding(outside)),
        .code(
            "\\bPrincipal[\"']?[ \\t]*[:=][ \\t]*(\\{[ \\t]*[\"']?AWS[\"']?[ \\t]*[:=][ \\t]*)?\\[?[ \\t]*[\"']\\*[\"']",
            files: Self.settings.excluding(outside)),
        .code(
            "\\b(verbs|apiGroups|resources)[\"']?[ \\t]*:[ \\t]*\\[[ \\t]*[\"']?\\*[\"']?[ \\t]*\\]",
            files: Self.settings.excluding(outside)),
        .code("\\bNOPASSWD:[ \\t]*ALL\\b", files: .any.excluding(outside)),
        .code(
            "\\bGRANT[ \\t]+ALL\\b[^\\n]*\\bTO[ \\t]+(PUBLIC|['\"`]?[a-z_]*['\"`]?@['\"`]%)",
            ignoresCase: true,
            files: Self.code.union(FileFilter(extensions: ["sql"])).excluding(outside)),
        .code(
            "\\bcluster-admin\\b", files: FileFilter.yaml.excluding(outside), certainty: .possible),
    ]

    func message(for match: ContentMatch) -> String { "a permission without a limit" }

    var examples: [RuleExample] {
        [
            .violating("CORS", head: ["a.py": "app.add(CORS, allow_origins=[\"*\"])\n"]),
            .violating("IAM", head: ["p.json": "{\"Effect\": \"Allow\", \"Action\": \"*\"}\n"]),
            .violating("Terraform", head: ["p.tf": "  actions = [\"s3:*\"]\n"]),
            .violating("Kubernetes", head: ["r.yaml": "- verbs: [\"*\"]\n"]),
            .violating("sudo", head: ["sudoers.d/app": "app ALL=(ALL) NOPASSWD: ALL\n"]),
            .clean("one origin", head: ["a.py": "allow_origins=[\"https://app.corp.net\"]\n"]),
            .clean("one action", head: ["p.tf": "  actions = [\"s3:GetObject\"]\n"]),
            .clean("a glob", head: ["a.json": "{\"files\": [\"*\"]}\n"]),
        ]
    }
}
