internal import RunModel

/// Text that strangers write, pasted into a script of a workflow.
struct WorkflowInjection: PatternRule {
    let metadata = RuleMetadata(
        id: "workflow-injection", category: .infrastructure, severity: .critical, action: .block,
        title: "Workflow script built from event fields",
        rationale: """
            The expression is replaced before the shell starts: the title of an issue becomes part \
            of the script, with the workflow's token in reach.
            """,
        remedy: "Pass the field through `env:` and use it as a quoted variable.",
        languages: ["GitHub Actions"])

    let patterns = [
        ContentPattern(
            "\\$\\{\\{[^}\\n]*(github\\.head_ref|github\\.event\\.(issue|pull_request|discussion)\\.(title|body)|github\\.event\\.(comment|review|review_comment)\\.body|github\\.event\\.pull_request\\.head\\.(ref|label|repo\\.default_branch)|github\\.event\\.(head_commit|commits)[^}\\n]*\\.(message|name|email)|github\\.event\\.workflow_run\\.head_(branch|commit)|github\\.event\\.pages[^}\\n]*page_name|github\\.event\\.inputs\\.|inputs\\.[a-z_-]*(title|body|message|comment))[^}\\n]*\\}\\}",
            files: FileFilter(extensions: ["yml", "yaml"], requiring: .continuousIntegration),
            confirm: Self.inScript)
    ]

    func message(for match: ContentMatch) -> String {
        "a field that anyone can write becomes part of a script"
    }

    private static func inScript(_ candidate: ContentCandidate) -> Range<Int>? {
        guard WorkflowText.isWorkflow(candidate.file.path), !candidate.isComment else { return nil }
        // The nearest keys above decide: a script, or a place where text stays text.
        let text = candidate.text
        var depth = indentation(text.line(candidate.line))
        let own = key(candidate.string)
        if own == "run" || own == "script" { return candidate.wholeLine }
        if own != nil, own != "-", !isInsideBlock(candidate) { return nil }
        var number = candidate.line - 1
        let first = max(1, candidate.line - 400)
        while number >= first {
            let line = text.line(number)
            let above = indentation(line)
            if above < depth, !line.allSatisfy({ $0 == 0x20 }) {
                depth = above
                switch key(String(decoding: line.prefix(400), as: UTF8.self)) {
                case "run", "script": return candidate.wholeLine
                case "env", "with", "if", "name": return nil
                default: break
                }
            }
            number -= 1
        }
        return nil
    }

    /// Whether a line above at lesser depth opens a block of text.
    private static func isInsideBlock(_ candidate: ContentCandidate) -> Bool {
        let depth = indentation(candidate.bytes)
        var number = candidate.line - 1
        while number >= max(1, candidate.line - 400) {
            let line = candidate.text.line(number)
            if indentation(line) < depth, !line.allSatisfy({ $0 == 0x20 }) {
                let text = String(decoding: line.prefix(400), as: UTF8.self)
                return text.hasSuffix("|") || text.hasSuffix(">") || text.hasSuffix("|-")
                    || text.hasSuffix(">-")
            }
            number -= 1
        }
        return false
    }

    private static func indentation(_ line: ArraySlice<UInt8>) -> Int {
        line.prefix { $0 == 0x20 }.count
    }

    private static func key(_ line: String) -> String? {
        var rest = line.drop { $0 == " " }
        if rest.hasPrefix("- ") { rest = rest.dropFirst(2).drop { $0 == " " } }
        guard let colon = rest.firstIndex(of: ":") else { return nil }
        let name = rest[..<colon]
        return name.allSatisfy { $0.isLetter || $0 == "-" || $0 == "_" } ? String(name) : nil
    }

    var examples: [RuleExample] {
        [
            .violating(
                "a title in a script",
                head: [
                    ".github/workflows/a.yml":
                        "jobs:\n  t:\n    steps:\n    - run: echo \"${{ github.event.issue.title }}\"\n"
                ]),
            .violating(
                "a branch name in a block",
                head: [
                    ".github/workflows/a.yml":
                        "jobs:\n  t:\n    steps:\n    - run: |\n        git push origin ${{ github.head_ref }}\n"
                ]),
            .clean(
                "through the environment",
                head: [
                    ".github/workflows/a.yml":
                        "jobs:\n  t:\n    steps:\n    - env:\n        TITLE: ${{ github.event.issue.title }}\n      run: echo \"$TITLE\"\n"
                ]),
            .clean(
                "a field that only the forge writes",
                head: [".github/workflows/a.yml": "    - run: echo ${{ github.sha }}\n"]),
        ]
    }
}
