internal import RunModel

/// The documentation page of a rule, made from the rule itself.
package enum RuleDocumentation {
    /// One page per rule: `docs/rules/<id>.md`.
    package static func page(for rule: any Rule) -> String {
        let metadata = rule.metadata
        var text = "# \(metadata.id): \(metadata.title)\n\n"
        text += "| category | severity | action |\n|---|---|---|\n"
        text += "| \(metadata.category.rawValue) | \(metadata.severity.rawValue) "
        text += "| \(metadata.action.rawValue) |\n\n"
        if !metadata.languages.isEmpty {
            text += "Understands: \(metadata.languages.joined(separator: ", ")).\n\n"
        }
        text += "## Why\n\n\(metadata.rationale)\n\n## What to do\n\n\(metadata.remedy)\n"
        for expectation in [RuleExample.Expectation.violating, .clean] {
            text += expectation == .violating ? "\n## Objects to\n" : "\n## Does not object to\n"
            for example in rule.examples where example.expectation == expectation {
                text += "\n\(example.summary.prefix(1).uppercased())"
                text += "\(example.summary.dropFirst()):\n\n"
                text += "````diff\n\(diff(of: example))````\n"
            }
        }
        return text
    }

    /// The list of all rules: `docs/rules/README.md`.
    package static func index() -> String {
        var text = "# Guardrail rules\n\nGenerated from `Sources/Guardrails/Rules`; see "
        text += "[guardrails.md](../guardrails.md).\n\n"
        text +=
            "| rule | category | severity | action | what it is about |\n|---|---|---|---|---|\n"
        for rule in RuleCatalog.all {
            let metadata = rule.metadata
            text += "| [\(metadata.id)](\(metadata.id).md) | \(metadata.category.rawValue) "
            text += "| \(metadata.severity.rawValue) | \(metadata.action.rawValue) "
            text += "| \(metadata.title) |\n"
        }
        return text
    }

    private static func diff(of example: RuleExample) -> String {
        var text = ""
        for path in Set(example.base.keys).union(example.head.keys).sorted() {
            let (old, new) = (example.base[path], example.head[path])
            guard old?.bytes != new?.bytes || old?.mode != new?.mode else { continue }
            text += "--- \(old == nil ? "/dev/null" : path)\n"
            text += "+++ \(new == nil ? "/dev/null" : path)\n"
            if let old, let new, old.mode != new.mode {
                text += "mode \(String(old.mode, radix: 8)) → \(String(new.mode, radix: 8))\n"
            } else if let new, new.mode != FileMode.regular {
                text += "mode \(String(new.mode, radix: 8))\n"
            }
            let (before, after) = (FileText(old?.bytes ?? []), FileText(new?.bytes ?? []))
            for hunk in LineDifference.hunks(from: before, to: after) {
                for line in hunk.base { text += "-\(shown(before, line))\n" }
                for line in hunk.head { text += "+\(shown(after, line))\n" }
            }
        }
        return text
    }

    private static func shown(_ text: FileText, _ line: Int) -> String {
        let visible = InvisibleText.escaped(text.string(ofLine: line))
        return visible.count > 200 ? String(visible.prefix(200)) + "…" : visible
    }
}
