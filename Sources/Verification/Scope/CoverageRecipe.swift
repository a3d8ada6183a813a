internal import TestReports

/// How a test command is changed so that it also says which lines it executed.
struct CoverageRecipe: Sendable {
    var format: CoverageFormat
    /// Shell text that runs the same tests and leaves files below `$DRYDOCK_REPORTS/coverage`, or
    /// `nil` where the command is not of the kind.
    var rewrite: @Sendable (String) -> String?

    private static let folder = "\"$DRYDOCK_REPORTS/coverage\""

    /// Tried in this order; a tool that is not there leaves no file.
    static let all: [CoverageRecipe] = [
        CoverageRecipe(format: .coveragePy) { text in
            let call = #/python3?( -[A-Za-z]+)* -m (pytest|unittest)/#
            guard text.contains(call) else { return nil }
            let data = "--data-file=\"$DRYDOCK_REPORTS/coverage/data\""
            let changed = text.replacing(call, maxReplacements: 1) { match in
                "python3 -m coverage run \(data) --source=. -m \(match.output.2)"
            }
            return """
                python3 -c 'import coverage' 2>/dev/null || exit 0
                mkdir -p \(folder)
                \(changed)
                python3 -m coverage json -q \(data) -o "$DRYDOCK_REPORTS/coverage/lines.json"
                """
        },
        CoverageRecipe(format: .goCover) { text in
            guard text.contains("go test") else { return nil }
            return "mkdir -p \(folder)\n"
                + text.replacing(
                    "go test",
                    with:
                        "go test -coverpkg=./... -coverprofile=\"$DRYDOCK_REPORTS/coverage/lines\"",
                    maxReplacements: 1)
        },
        CoverageRecipe(format: .v8) { text in
            guard text.contains("node ") || text.contains("npm ") || text.contains("npx ") else {
                return nil
            }
            return "mkdir -p \(folder)\nexport NODE_V8_COVERAGE=\(folder)\n" + text
        },
        CoverageRecipe(format: .llvmCov) { text in
            guard text.contains("swift test") else { return nil }
            let changed = text.replacing(
                "swift test", with: "swift test --enable-code-coverage", maxReplacements: 1)
            return """
                mkdir -p \(folder)
                \(changed)
                cp .build/*/debug/codecov/*.json .build/debug/codecov/*.json \(folder)/ 2>/dev/null
                """
        },
        CoverageRecipe(format: .gcov) { text in
            // Any build that was told `--coverage` leaves these beside its objects.
            guard text.contains("make") || text.contains("ctest") else { return nil }
            return """
                \(text)
                mkdir -p \(folder)
                find . -name '*.gcda' -exec gcov --json-format --stdout {} + \
                > "$DRYDOCK_REPORTS/coverage/lines.json" 2>/dev/null
                """
        },
    ]
}
