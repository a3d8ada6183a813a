internal import RunModel

/// `"test": "jest"` of a manifest.
struct TestScript {
    private var name: String
    private var command: String

    private init?(_ line: String) {
        let parts = line.prefix(400).split(separator: "\"", omittingEmptySubsequences: false)
        // The script may stand on one line with the key of all scripts.
        guard
            let index = parts.firstIndex(where: { $0 == "test" || $0.hasPrefix("test:") }),
            parts.count >= index + 4, parts[index + 1].contains(":")
        else { return nil }
        name = String(parts[index])
        command = parts[(index + 2)...].joined(separator: "\"")
    }

    private static let words = [
        "jest", "vitest", "mocha", "ava", "tap", "jasmine", "karma", "playwright", "cypress",
        "node --test", "node --experimental", "deno test", "bun test", "react-scripts",
        "ng test", "phpunit", "pest", "tsd", "tsc", "eslint", "npm ", "yarn ", "pnpm ", "turbo",
        "nx ", "lerna", "make", "wtr", "uvu", "qunit", "c8", "nyc", "run-", "gulp", "grunt",
        "aegir", "xo", "standard", "ts-node", "test/", "tests/", "test.", "lage", "wireit",
    ]

    private static func checks(_ command: some StringProtocol) -> Bool {
        words.contains { command.contains($0) }
    }

    private var checks: Bool { Self.checks(command) }

    /// Whether what is run last, or instead, is not what was said to test.
    private var hidesStatus: Bool {
        guard let last = command.replacing("||", with: ";").split(separator: ";").last,
            command.contains(";") || command.contains("||")
        else { return false }
        return !Self.checks(last)
    }

    /// Arguments by which a runner runs some of the tests only.
    private static let filters = [
        " -t ", " -t=", "--testNamePattern", "--testPathPattern", " -g ", "--grep", " -f ",
        "--fgrep", "--test-name-pattern", "--filter", "--match",
    ]

    private var filter: String? { Self.filters.first { command.contains($0) } }

    /// Reports scripts that tested something and do so no longer.
    static func report(_ file: ChangedFile, into findings: inout FindingCollector) {
        guard ["package.json", "composer.json"].contains(PathName(file.path).lowered),
            let base = file.base.text, let head = file.head.text
        else { return }
        for hunk in file.hunks {
            for number in hunk.base {
                guard let script = TestScript(base.string(ofLine: number)), script.checks else {
                    continue
                }
                let after = hunk.head.lazy.compactMap { line in
                    TestScript(head.string(ofLine: line)).map { (line, $0) }
                }.first { $0.1.name == script.name }
                guard let (line, now) = after else {
                    findings.add(
                        file, at: .line(number, .base),
                        "the script `\(script.name)` is taken away")
                    continue
                }
                if !now.checks {
                    findings.add(
                        file, at: .line(number, .base),
                        "the script `\(script.name)` no longer runs tests")
                } else if now.hidesStatus, !script.hidesStatus {
                    findings.add(
                        file, at: .line(line, .head),
                        "the script `\(script.name)` ends well whatever its tests say")
                } else if let filter = now.filter, script.filter == nil {
                    findings.add(
                        file, at: .line(line, .head),
                        "the script `\(script.name)` runs some of the tests only:\(filter)",
                        certainty: .possible)
                }
            }
        }
    }
}
