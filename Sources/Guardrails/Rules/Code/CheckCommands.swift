internal import RunModel

/// Commands for which pipelines exist, and pipelines that lost them.
enum CheckCommands {
    /// Other pipelines that are read to learn whether they check.
    private static let othersMax = 20

    private static let commands = [
        "pytest", "py.test", "tox", "nox", "unittest", "jest", "vitest", "mocha", "npm test",
        "npm t", "npm run test", "npm run lint", "yarn test", "yarn lint", "pnpm test", "go test",
        "go vet", "cargo test", "cargo clippy", "cargo nextest", "swift test", "mvn ", "mvnw",
        "gradle ", "gradlew", "ctest", "make check", "make test", "make lint", "rspec", "rake test",
        "rake spec", "exec rake", "phpunit", "dotnet test", "bats ", "mypy", "pyright", "ruff",
        "flake8", "eslint",
        "golangci-lint", "shellcheck", "bandit", "composer test", "sbt test", "bazel test",
    ]

    /// Whether a line of a pipeline runs a check.
    static func runs(_ line: String) -> Bool {
        let trimmed = line.drop { $0 == " " || $0 == "\t" }
        guard !trimmed.hasPrefix("#"), !trimmed.hasPrefix("- name:"), !trimmed.hasPrefix("name:")
        else { return false }
        let lower = trimmed.lowercased()
        return commands.contains { holds(lower, $0) }
            && !["install", "uses:", "cache", "-dskiptests", "maven.test.skip"].contains {
                lower.contains($0)
            }
    }

    /// Whether a command stands there as a word of its own: `truffleruby` runs no `ruff`.
    private static func holds(_ line: String, _ command: String) -> Bool {
        func isWord(_ character: Character?) -> Bool {
            character.map { $0.isLetter || $0.isNumber || $0 == "_" } ?? false
        }
        return line.ranges(of: command).contains { range in
            let before =
                range.lowerBound == line.startIndex
                ? nil : line[line.index(before: range.lowerBound)]
            let after = range.upperBound == line.endIndex ? nil : line[range.upperBound]
            return !isWord(before) && (command.hasSuffix(" ") || !isWord(after))
        }
    }

    /// What a person or a pipeline calls to check, besides the pipelines themselves.
    private static let entrances: Set<String> = [
        "makefile", "gnumakefile", "justfile", "tox.ini", "noxfile.py", "rakefile",
    ]

    /// A pipeline that checked and does not now.
    struct Loser {
        var file: ChangedFile
        var what: String
        /// Another pipeline of the tree still runs some.
        var othersCheck: Bool
    }

    static func losers(in change: ChangeSetView) async throws -> [Loser] {
        let pipelines = change.files.filter {
            ($0.traits.contains(.continuousIntegration)
                || entrances.contains(PathName($0.path).lowered))
                && $0.traits.isDisjoint(with: [.documentation, .vendored])
        }
        let stopped = pipelines.filter(isStopped).map {
            Loser(
                file: $0, what: "neither a push nor a pull request starts this pipeline now",
                othersCheck: false)
        }
        let found = pipelines.filter { count($0.base.text) > 0 && count($0.head.text) == 0 }
        guard !found.isEmpty else { return stopped }
        // Commands that another pipeline of the change gained moved there.
        let gained = pipelines.reduce(0) { sum, file in
            sum + max(0, count(file.head.text) - count(file.base.text))
        }
        if gained > 0 { return stopped }
        let othersCheck = try await othersCheck(in: change)
        return stopped
            + found.map {
                Loser(
                    file: $0,
                    what: $0.new == nil
                        ? "the file by which the checks were run is deleted"
                        : "no check is run here any more", othersCheck: othersCheck)
            }
    }

    /// A workflow that still has its checks, and that nothing starts.
    private static func isStopped(_ file: ChangedFile) -> Bool {
        guard WorkflowText.isWorkflow(file.path), let base = file.base.text,
            let head = file.head.text, count(head) > 0
        else { return false }
        let events = ["push", "pull_request"]
        let (before, after) = (WorkflowText(base), WorkflowText(head))
        return events.contains(where: before.isTriggered)
            && !events.contains(where: after.isTriggered)
    }

    private static func count(_ text: FileText?) -> Int {
        guard let text, !text.isBinary else { return 0 }
        return (1...max(1, text.lineCount)).count { number in
            number <= min(text.lineCount, 4_000) && runs(text.string(ofLine: number))
        }
    }

    private static func othersCheck(in change: ChangeSetView) async throws -> Bool {
        var paths = try await change.entryNames(inDirectory: ".github/workflows", on: .head)
            .map { ".github/workflows/" + $0 }
        paths += try await change.entryNames(inDirectory: "", on: .head)
        var left = othersMax
        for path in paths where PathTraits(path: path).contains(.continuousIntegration) {
            guard left > 0 else { return false }
            left -= 1
            if count(try await change.text(of: path, on: .head)) > 0 { return true }
        }
        return false
    }
}
