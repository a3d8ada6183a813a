internal import RunModel

/// Workflows that run a stranger's code with the repository's rights.
struct WorkflowUntrustedCheckout: Rule {
    let metadata = RuleMetadata(
        id: "workflow-untrusted-checkout", category: .infrastructure, severity: .critical,
        action: .block, title: "Privileged workflow checks out the pull request",
        rationale: """
            `pull_request_target` and `workflow_run` have the repository's secrets and a token \
            that may write. With the head of a pull request checked out, anyone who opens one runs \
            code with them.
            """,
        remedy: "Use `pull_request`, or split: build without secrets, then publish the artifact.",
        languages: ["GitHub Actions"])

    private static let heads = [
        "github.event.pull_request.head", "github.head_ref", "refs/pull/",
        "github.event.workflow_run.head", "github.event.number",
    ]

    func evaluate(_ change: ChangeSetView, into findings: inout FindingCollector) async throws {
        for file in change.files where file.new.map({ WorkflowText.isWorkflow($0.path) }) == true {
            guard let head = file.head.text.map(WorkflowText.init) else { continue }
            let before = file.base.text.map(WorkflowText.init)
            for line in Self.checkouts(head) where Self.isPrivileged(head) {
                let known =
                    before.map { Self.isPrivileged($0) && !Self.checkouts($0).isEmpty } ?? false
                guard !known else { continue }
                findings.add(
                    file, at: .line(line.number, .head),
                    "code of the pull request runs with the rights of the repository")
            }
            if Self.isPrivileged(head), before.map(Self.isPrivileged) != true,
                Self.checkouts(head).isEmpty, let first = head.lines.first
            {
                findings.add(
                    file, at: .line(first.number, .head),
                    "the workflow begins to run with secrets on pull requests of others",
                    certainty: .possible)
            }
        }
    }

    private static func isPrivileged(_ text: WorkflowText) -> Bool {
        text.isTriggered(by: "pull_request_target")
            || text.isTriggered(by: "workflow_run")
                && text.lines.contains { $0.content.contains("workflow_run.head") }
    }

    private static func checkouts(_ text: WorkflowText) -> [WorkflowText.Line] {
        text.lines.filter { line in
            (line.key == "ref" || line.key == "repository" || line.content.contains("git fetch")
                || line.content.contains("git checkout") || line.content.contains("gh pr checkout"))
                && heads.contains { line.content.contains($0) }
                || line.content.contains("gh pr checkout")
        }
    }

    var examples: [RuleExample] {
        let safe = "on: pull_request\njobs:\n  t:\n    steps:\n    - uses: actions/checkout@v4\n"
        return [
            .violating(
                "the trigger changes", base: [".github/workflows/a.yml": ExampleFile(safe)],
                head: [
                    ".github/workflows/a.yml":
                        "on: pull_request_target\njobs:\n  t:\n    steps:\n    - uses: actions/checkout@v4\n      with:\n        ref: ${{ github.event.pull_request.head.sha }}\n"
                ]),
            .violating(
                "with a command",
                head: [
                    ".github/workflows/a.yml":
                        "on:\n  pull_request_target:\njobs:\n  t:\n    steps:\n    - run: gh pr checkout ${{ github.event.number }}\n"
                ]),
            .clean("an ordinary workflow", head: [".github/workflows/a.yml": ExampleFile(safe)]),
        ]
    }
}
