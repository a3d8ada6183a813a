internal import JSONText
internal import RunModel

/// What the roles are told of a problem: everything of the repository's fenced as data.
enum RepairTask {
    private static let logCharacters = 16_000

    static func text(_ problem: RepairProblem, analysis: String? = nil, plan: RepairPlan? = nil)
        -> String
    {
        var parts = [
            "## Failing tests\n\n"
                + UntrustedText.fenced(
                    problem.failingTests.prefix(50).joined(separator: "\n"), label: "test names")
        ]
        if !problem.failingCommand.isEmpty {
            parts.append(
                "## Command\n\n" + UntrustedText.fenced(problem.failingCommand, label: "command"))
        }
        if !problem.triage.causalHunks.isEmpty {
            parts.append(
                "## What caused it\n\n" + UntrustedText.fenced(hunks(problem), label: "difference"))
        }
        if !problem.log.isEmpty {
            parts.append(
                "## Log\n\n"
                    + UntrustedText.fenced(String(problem.log.suffix(logCharacters)), label: "log"))
        }
        if let analysis {
            parts.append(
                "## What the log says\n\n" + UntrustedText.fenced(analysis, label: "analysis"))
        }
        if !problem.history.isEmpty {
            let tried = problem.history.map { "- \($0.fixer): \($0.note)" }.joined(separator: "\n")
            parts.append("## Tried already\n\n" + UntrustedText.fenced(tried, label: "history"))
        }
        let scope = problem.scope
        parts.append(
            "## Bounds\n\nNever change: \(scope.protected.joined(separator: ", "))."
                + (scope.allowed.isEmpty
                    ? "" : "\nChange only: \(scope.allowed.joined(separator: ", "))."))
        if let plan {
            parts.append("## Plan\n\n" + UntrustedText.fenced(plan.text, label: "plan"))
        }
        return parts.joined(separator: "\n\n")
    }

    static func hunks(_ problem: RepairProblem) -> String {
        problem.triage.causalHunks.map { hunk in
            "\(hunk.path)\n\(hunk.header)\n" + hunk.lines.joined(separator: "\n")
        }.joined(separator: "\n")
    }

    /// Every text of the problem that others wrote, by where it is from.
    static func untrusted(_ problem: RepairProblem) -> [(String, String)] {
        [
            ("test names", problem.failingTests.joined(separator: "\n")), ("log", problem.log),
            ("difference", hunks(problem)), ("command", problem.failingCommand),
        ]
    }

    static let analysisSchema = """
        {"type":"object","additionalProperties":false,
         "required":["root_cause","consequences","names","files","confidence"],
         "properties":{
          "root_cause":{"type":"string"},"consequences":{"type":"string"},
          "names":{"type":"array","items":{"type":"string"}},
          "files":{"type":"array","items":{"type":"string"}},
          "confidence":{"type":"string","enum":["low","medium","high"]}}}
        """
}
