internal import RunModel

/// A new file that can be executed.
struct NewExecutable: Rule {
    let metadata = RuleMetadata(
        id: "new-executable", category: .permissions, severity: .medium, action: .warn,
        title: "New executable file",
        rationale: """
            An executable file is run by its name, by hooks and by build steps that find it. A \
            compiled one cannot be reviewed at all.
            """,
        remedy: "Build compiled programs from source; give the bit only to scripts that are run.")

    func evaluate(_ change: ChangeSetView, into findings: inout FindingCollector) async throws {
        for file in change.files where file.old == nil || file.kind == .copied {
            guard let new = file.new else { continue }
            let head = ProgramHead(file.head.text)
            if head == .binary {
                findings.add(
                    file, at: .wholeFile, "a compiled program is added",
                    action: change.policy.actions[metadata.id] ?? .block)
            } else if new.mode == FileMode.executable {
                let message =
                    head == .script
                    ? "a script is added as executable"
                    : "a file without an interpreter line is added as executable"
                findings.add(file, at: .wholeFile, message)
            }
        }
    }

    var examples: [RuleExample] {
        [
            .violating(
                "a script", head: ["tools/run": .executable("#!/bin/sh\necho run\n")]),
            .violating(
                "a compiled program without the bit",
                head: ["bin/jq": ExampleFile(bytes: [0x7F, 0x45, 0x4C, 0x46, 2, 1, 1, 0])]),
            .clean("an ordinary file", head: ["a.py": "print(1)\n"]),
            .clean(
                "a script moves",
                base: ["run": .executable("#!/bin/sh\necho run\n")],
                head: ["tools/run": .executable("#!/bin/sh\necho run\n")]),
        ]
    }
}
