internal import RunModel

/// Tokens of workflows that may do more than before.
struct WorkflowPermissions: Rule {
    let metadata = RuleMetadata(
        id: "workflow-permissions", category: .infrastructure, severity: .high, action: .review,
        title: "Workflow token widened",
        rationale: "Every action in the job, and every package it runs, holds the job's token.",
        remedy: "Give the one job that needs it the one permission that it needs.",
        languages: ["GitHub Actions"])

    func evaluate(_ change: ChangeSetView, into findings: inout FindingCollector) async throws {
        for file in change.files where file.new.map({ WorkflowText.isWorkflow($0.path) }) == true {
            guard let head = file.head.text.map(WorkflowText.init) else { continue }
            let before = file.base.text.map(WorkflowText.init)
            let old = before.map(Self.grants) ?? []
            let policyAction = change.policy.actions[metadata.id]
            for grant in Self.grants(head) where !old.contains(where: { $0.name == grant.name }) {
                let isEverything = grant.name == "write-all"
                // A new workflow that says what it needs is how it should be.
                let action: RuleAction? = isEverything ? .block : before == nil ? .warn : nil
                findings.add(
                    file, at: .line(grant.line, .head), "the workflow is granted \(grant.name)",
                    action: policyAction ?? action)
            }
            if let before, Self.hasPermissions(before), !Self.hasPermissions(head) {
                findings.add(
                    file, at: .wholeFile, "the limits of the token are removed")
            }
            if head.lines.contains(where: { $0.key == "secrets" && $0.value == "inherit" }),
                before?.lines.contains(where: { $0.key == "secrets" && $0.value == "inherit" })
                    != true
            {
                findings.add(file, at: .wholeFile, "all secrets go to another workflow")
            }
        }
    }

    private struct Grant {
        var name: String
        var line: Int
    }

    private static func hasPermissions(_ text: WorkflowText) -> Bool {
        text.lines.contains { $0.key == "permissions" }
    }

    private static func grants(_ text: WorkflowText) -> [Grant] {
        var grants: [Grant] = []
        var depth: Int?
        for line in text.lines {
            if line.key == "permissions" {
                if line.value.hasPrefix("write-all") {
                    grants.append(Grant(name: "write-all", line: line.number))
                }
                depth = line.value.isEmpty || line.value.hasPrefix("#") ? line.depth : nil
                continue
            }
            guard let outer = depth else { continue }
            if line.depth <= outer {
                depth = nil
            } else if line.value.hasPrefix("write"), let key = line.key {
                grants.append(Grant(name: "\(key): write", line: line.number))
            }
        }
        return grants
    }

    var examples: [RuleExample] {
        let read = "permissions:\n  contents: read\njobs: {}\n"
        return [
            .violating(
                "from reading to writing",
                base: [".github/workflows/a.yml": ExampleFile(read)],
                head: [".github/workflows/a.yml": "permissions:\n  contents: write\njobs: {}\n"]),
            .violating(
                "everything",
                head: [".github/workflows/a.yml": "permissions: write-all\njobs: {}\n"]),
            .violating(
                "the limits go away", base: [".github/workflows/a.yml": ExampleFile(read)],
                head: [".github/workflows/a.yml": "jobs: {}\n"]),
            .clean("reading", head: [".github/workflows/a.yml": ExampleFile(read)]),
        ]
    }
}
