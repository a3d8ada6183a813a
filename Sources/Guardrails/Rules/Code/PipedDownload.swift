internal import RunModel

/// Downloads that are run unseen.
struct PipedDownload: PatternRule {
    let metadata = RuleMetadata(
        id: "piped-download", category: .code, severity: .high, action: .block,
        title: "Download piped into an interpreter",
        rationale: """
            What a server answers today runs here with the rights of whoever runs the script; it \
            can answer differently to each caller, and leaves nothing to look at.
            """,
        remedy: "Download to a file, check its digest, then run it; better, install a package.")

    private static let files = FileFilter.shellLike
        .union(FileFilter(extensions: ["json", "toml", "ps1", "tf"]))
        .excluding([.test, .testData, .documentation, .vendored])

    let patterns: [ContentPattern] = [
        .code(
            "\\b(curl|wget|fetch)\\b[^\\n]{0,300}\\|[ \\t]*(sudo[ \\t]+(-[A-Za-z]+[ \\t]+)*)?(/[a-z/]*/)?(ba|z|k|da)?sh\\b",
            files: files),
        .code(
            "\\b(curl|wget|fetch)\\b[^\\n]{0,300}\\|[ \\t]*(sudo[ \\t]+(-[A-Za-z]+[ \\t]+)*)?(python[0-9.]*|perl|ruby|node|php)([ \\t]+-|[ \\t]*$|[ \\t]*[\"'&;])",
            files: files),
        .code(
            "\\b(ba|z|k|da)?sh[ \\t]+(-c[ \\t]+)?[\"']?(<\\(|\\$\\(|`)[ \\t]*(curl|wget)\\b",
            files: files),
        .code(
            "\\b(source|\\.)[ \\t]+<\\([ \\t]*(curl|wget)\\b|\\beval[ \\t]+[\"']?(\\$\\(|`)[ \\t]*(curl|wget)\\b",
            files: files),
        .code(
            "(iex|Invoke-Expression)[^\\n]*(DownloadString|Invoke-WebRequest|iwr|irm)|(iwr|irm|Invoke-WebRequest)[^\\n]*\\|[ \\t]*(iex|Invoke-Expression)",
            ignoresCase: true, files: files),
        // In a program only where a process is started: a string of that form may be data.
        .code(
            "\\b(system|exec|execSync|run|Popen|popen|spawn|spawnSync|shell_exec|check_call|check_output|Command)[ \\t]*\\([^\\n]*\\b(curl|wget)\\b[^\\n]{0,300}\\|[ \\t]*(sudo[ \\t]+)?(ba|z|k|da)?sh\\b",
            files: FileFilter.sourceCode.excluding([.test, .testData, .documentation, .vendored])),
    ]

    func message(for match: ContentMatch) -> String { "a download runs without anyone seeing it" }

    var examples: [RuleExample] {
        [
            .violating("a script", head: ["i.sh": "curl -fsSL https://get.corp.net | sh\n"]),
            .violating(
                "an image", head: ["Dockerfile": "RUN wget -qO- https://x.net/i | sudo -E bash -\n"]
            ),
            .violating(
                "a workflow",
                head: [".github/workflows/a.yml": "    - run: bash <(curl -s https://x.net/u)\n"]),
            .violating(
                "an interpreter",
                head: ["Makefile": "deps:\n\tcurl -s https://x.net/p | python3 -\n"]),
            .violating(
                "a program", head: ["i.py": "os.system('curl -s https://x.net/i | bash')\n"]),
            .clean(
                "to a file, checked",
                head: ["i.sh": "curl -fsSLo t https://x.net/t\necho \"$SUM  t\" | sha256sum -c\n"]),
            .clean("into a parser", head: ["i.sh": "curl -s https://x.net/v | jq -r .tag\n"]),
            .clean("in prose", head: ["README.md": "curl https://x.net | sh\n"]),
        ]
    }
}
