internal import PolicyFiles
internal import Verification

/// The commented `drydock.yaml` that `drydock init` writes for what it finds.
package enum ConfigurationDraft {
    package static func text(_ context: ProjectContext) -> String {
        let command = context.testCommand
        return """
            # What Drydock does with this repository. Everything here is what it found by itself:
            # delete what you do not want to change. Unknown keys are errors.
            version: 1

            test:
              # Runs every test; reports go to $DRYDOCK_REPORTS.
              run: \(quoted(command.run))
            \(optional("select", command.select, "Runs chosen tests only."))\
              # Restored from the base before every verdict: no change can judge itself.
              paths: [\(command.paths.patterns.map(quoted).joined(separator: ", "))]

            # Runs once and is cached; sees its inputs only.
            # setup:
            #   - run: python3 -m venv $DRYDOCK_ENV && $DRYDOCK_ENV/bin/pip install -r requirements.txt
            #     inputs: [requirements.txt]
            #     network: {allow: [packages.example.org]}

            # gate: {policy: default, scope: ["src/**"]}

            # heal:
            #   never: ["tests/architecture/**"]   # failures that no agent may touch
            #   attempts: 3
            #   budget: {wall: 15m}

            """
    }

    private static func optional(_ key: String, _ value: String?, _ comment: String) -> String {
        value.map { "  # \(comment)\n  \(key): \(quoted($0))\n" } ?? ""
    }

    /// A YAML single-quoted scalar: nothing is special in it but the quote (YAML 1.2.2, 7.3.2).
    private static func quoted(_ text: String) -> String {
        "'" + text.replacing("'", with: "''").replacing("\n", with: " ") + "'"
    }
}
