/// How a runner is told which tests to run. Ids are those of this runner's reports. They come from
/// reports, so they are hostile: every one is quoted for the shell.
package enum TestSelection: String, Codable, Sendable, CaseIterable {
    /// Each id is an argument (pytest, unittest, RSpec).
    case arguments
    /// One regular expression of full names (ctest, Jest, Mocha, vitest).
    case pattern
    /// Files, and `-t` with one regular expression of the titles (vitest).
    case vitest
    /// One regular expression of the innermost names (node's runner).
    case leafPattern = "leaf_pattern"
    /// Exact names after an optional binary (cargo).
    case cargo
    /// `-run` with top-level names, and the packages.
    case go
    /// `--filter` with a regular expression over `Module.Suite/test` (SwiftPM).
    case swift
    /// `Class#method+method,Class#method` (Surefire).
    case surefire
    /// `--tests` for each (Gradle).
    case gradle
    /// `-m Class#method(types)` for each (JUnit's ConsoleLauncher).
    case junit
    /// One delimited regular expression (PHPUnit).
    case phpunit

    /// The template with `{tests}` replaced.
    package func fill(_ template: String, tests: [String]) -> String {
        template.split(separator: "{tests}", omittingEmptySubsequences: false)
            .joined(separator: render(tests))
    }

    /// What stands for `{tests}`: already quoted for the shell.
    package func render(_ tests: [String]) -> String {
        switch self {
        case .arguments:
            tests.map(Self.quote).joined(separator: " ")
        case .pattern:
            Self.quote(Self.alternatives(tests.map { $0.replacing(" > ", with: " ") }))
        case .vitest:
            Self.vitestArguments(tests)
        case .leafPattern:
            Self.quote(
                Self.alternatives(tests.map { String($0.split(separator: " > ").last ?? "") }))
        case .cargo:
            tests.map { Self.quote(String($0.split(separator: " ").last ?? "")) }
                .joined(separator: " ")
        case .go:
            Self.goArguments(tests)
        case .swift:
            Self.quote(Self.swiftPattern(tests))
        case .surefire:
            Self.quote(Self.surefirePattern(tests))
        case .gradle:
            tests.map { "--tests " + Self.quote($0) }.joined(separator: " ")
        case .junit:
            // One invocation of a parameterised test is reached through its method.
            Set(tests.map { String($0.prefix { $0 != "[" }) }).sorted()
                .map { "-m " + Self.quote($0) }.joined(separator: " ")
        case .phpunit:
            Self.quote("/" + Self.alternatives(tests, alsoEscaping: "/") + "/")
        }
    }

    /// In single quotes for a POSIX shell, unless it is plain.
    package static func quote(_ text: String) -> String {
        let isPlain =
            !text.isEmpty
            && text.utf8.allSatisfy { byte in
                switch byte {
                case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                    UInt8(ascii: "0")...UInt8(ascii: "9"):
                    true
                default: "_./:-@%+,=".utf8.contains(byte)
                }
            }
        return isPlain && !text.hasPrefix("-")
            ? text : "'" + text.replacing("'", with: "'\\''") + "'"
    }

    /// `^(a|b)$` with everything in the names taken literally.
    private static func alternatives(_ names: [String], alsoEscaping extra: String = "") -> String {
        "^(\(names.map { escaped($0, alsoEscaping: extra) }.joined(separator: "|")))$"
    }

    private static func escaped(_ name: String, alsoEscaping extra: String = "") -> String {
        let special = #"\^$.|?*+()[]{}"# + extra
        return name.reduce(into: "") { $0 += special.contains($1) ? "\\\($1)" : String($1) }
    }

    /// Ids are `file > title > title`.
    private static func vitestArguments(_ tests: [String]) -> String {
        let parts = tests.map { $0.split(separator: " > ", maxSplits: 1).map(String.init) }
        let files = Set(parts.filter { $0.count == 2 }.map { $0[0] }).sorted()
        let titles = parts.map { ($0.last ?? "").replacing(" > ", with: " ") }
        return (files.map(quote) + ["-t", quote(alternatives(titles))]).joined(separator: " ")
    }

    /// The console leaves the module away, Swift Testing puts the place in the source behind, and
    /// what separates suites is a point here and a slash there.
    private static func swiftPattern(_ tests: [String]) -> String {
        let names = tests.map { test in
            test.split(whereSeparator: { $0 == "." || $0 == "/" }).map { escaped(String($0)) }
                .joined(separator: "[./]")
        }
        return "(^|[./])(\(names.joined(separator: "|")))(/|$)"
    }

    /// A subtest is reached through its parent: levels of `-run` would restrict the others too.
    private static func goArguments(_ tests: [String]) -> String {
        var names: Set<String> = []
        var packages: Set<String> = []
        for test in tests {
            guard let (package, name) = GoIdentity.split(test) else { continue }
            names.insert(String(name.prefix { $0 != "/" }))
            packages.insert(package.isEmpty ? "./..." : package)
        }
        return (["-run", quote(alternatives(names.sorted()))] + packages.sorted().map(quote))
            .joined(separator: " ")
    }

    private static func surefirePattern(_ tests: [String]) -> String {
        var methods: [String: [String]] = [:]
        for test in tests {
            let parts = test.split(separator: "#", maxSplits: 1).map(String.init)
            // Parameters in brackets or braces are not part of a method's name.
            let method = parts.count == 2 ? parts[1].prefix { !"[{(".contains($0) } : ""
            methods[parts.first ?? "", default: []].append(String(method))
        }
        return methods.sorted { $0.key < $1.key }.map { name, methods in
            let unique = Set(methods.filter { !$0.isEmpty }).sorted()
            return unique.isEmpty ? name : "\(name)#\(unique.joined(separator: "+"))"
        }.joined(separator: ",")
    }
}

/// Ids of Go tests: `example.com/module/package.TestName/subtest`.
enum GoIdentity {
    static func join(package: String, test: String) -> String {
        package.isEmpty ? test : "\(package).\(test)"
    }

    /// - Returns: `nil` when no name of a Go test is in it.
    static func split(_ id: String) -> (package: String, name: String)? {
        for prefix in ["Test", "Example", "Fuzz", "Benchmark"] where id.hasPrefix(prefix) {
            return ("", id)
        }
        // The first such name after the last directory: a subtest's name may hold anything.
        let marks = [".Test", ".Example", ".Fuzz", ".Benchmark"]
        let found = marks.compactMap { id.firstRange(of: $0) }.min { $0.lowerBound < $1.lowerBound }
        guard let found else { return nil }
        return (String(id[..<found.lowerBound]), String(id[id.index(after: found.lowerBound)...]))
    }
}
