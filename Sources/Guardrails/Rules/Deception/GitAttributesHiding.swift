internal import RunModel

/// Attributes that keep files out of the diffs that reviewers see.
struct GitAttributesHiding: PatternRule {
    let metadata = RuleMetadata(
        id: "gitattributes-hiding", category: .deception, severity: .high, action: .block,
        title: "Files hidden from review by attributes",
        rationale: """
            `-diff`, `binary` and `linguist-generated` fold a file away in review tools; `filter` \
            and `working-tree-encoding` make a checkout differ from what was reviewed.
            """,
        remedy: "Limit the attribute to files that really are generated or binary.",
        languages: ["gitattributes"])

    private static let files = FileFilter(names: [".gitattributes", "attributes"])

    let patterns = [
        ContentPattern(
            "[ \\t](-diff|binary)([ \\t]|$)", files: files, confirm: Self.hidesText),
        // Right for what a program wrote.
        ContentPattern(
            "[ \\t]linguist-(generated|vendored|documentation)(=true)?([ \\t]|$)", files: files,
            certainty: .possible, confirm: Self.hidesText),
        ContentPattern(
            "[ \\t](filter=|working-tree-encoding=|merge=ours\\b|diff=[a-z])", files: files,
            confirm: { candidate in
                let line = candidate.string
                // Drivers that git or its usual extensions bring along.
                let known = [
                    "filter=lfs", "diff=lfs", "diff=python", "diff=rust", "diff=golang",
                    "diff=html", "diff=php", "diff=ruby", "diff=java", "diff=css",
                    "diff=markdown", "diff=csharp", "diff=cpp", "diff=tex", "diff=perl",
                    "diff=bash", "diff=kotlin", "diff=astextplain",
                ]
                return candidate.isComment || known.contains { line.contains($0) }
                    ? nil : candidate.wholeLine
            }),
    ]

    func message(for match: ContentMatch) -> String { "the attribute hides files from review" }

    private static let dataExtensions: Set<Substring> = [
        "png", "jpg", "jpeg", "gif", "ico", "webp", "pdf", "zip", "gz", "tar", "woff", "woff2",
        "ttf", "otf", "eot", "lock", "snap", "svg", "map", "jar", "mp4", "mp3", "bin", "exe", "dll",
        "so", "dylib", "psd", "webm", "sqlite", "db", "pyc", "bz2", "xz", "7z", "class", "bmp",
        "sum", "golden", "json",
    ]

    private static func hidesText(_ candidate: ContentCandidate) -> Range<Int>? {
        guard !candidate.isComment,
            let pattern = candidate.string.split(separator: " ").first
        else { return nil }
        let fileExtension = pattern.split(separator: ".").last ?? ""
        return dataExtensions.contains(fileExtension) ? nil : candidate.wholeLine
    }

    var examples: [RuleExample] {
        [
            .violating(
                "sources are called generated",
                head: [".gitattributes": "src/auth/** linguist-generated=true\n"]),
            .violating("no diff for scripts", head: [".gitattributes": "*.sh -diff\n"]),
            .violating("a filter", head: [".gitattributes": "*.py filter=clean\n"]),
            .clean("pictures are binary", head: [".gitattributes": "*.png binary\n"]),
            .clean("line ends", head: [".gitattributes": "* text=auto\n*.sh eol=lf\n"]),
        ]
    }
}
