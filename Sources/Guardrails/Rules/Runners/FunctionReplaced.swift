internal import RunModel

/// Code that, when it is imported, puts another function in the place of one of another module.
struct FunctionReplaced: Rule {
    let metadata = RuleMetadata(
        id: "function-replaced", category: .runners, severity: .high, action: .block,
        title: "Function of another module replaced at import",
        rationale: """
            A line at the top level of a package that gives another module's function a new value \
            changes what every test sees, and the function that a reviewer reads is never called.
            """,
        remedy: "Change the function itself, or give the other one a name of its own.",
        languages: ["Python"])

    /// Modules of the standard library and of numpy by which tests compare and count.
    private static let standard: Set<String> = [
        "math", "operator", "json", "decimal", "statistics", "datetime", "os", "re", "sys",
        "itertools", "functools", "fractions", "copy", "difflib", "subprocess", "numpy", "np",
        "numpy.testing", "np.testing", "pandas.testing", "pd.testing", "unittest.mock",
    ]

    let patterns = [
        ContentPattern(
            "^[A-Za-z_][A-Za-z0-9_.]*\\.[A-Za-z_][A-Za-z0-9_]*[ \\t]*=[ \\t]*(lambda\\b|[A-Za-z_][A-Za-z0-9_]*[ \\t]*$)",
            files: .python.excluding([.documentation, .vendored, .sample]),
            confirm: { $0.isComment ? nil : $0.wholeLine }),
        // A fixture that every test gets, whether it asks or not.
        ContentPattern(
            "\\b(monkeypatch\\.setattr|mocker\\.patch(\\.object)?)[ \\t]*\\(",
            files: FileFilter(names: ["conftest.py"]), certainty: .possible,
            confirm: { candidate in
                let above = candidate.lines(-12...0)
                let fixture = above.last { $0.contains("fixture") } ?? ""
                return !candidate.isComment && fixture.contains("autouse")
                    ? candidate.wholeLine : nil
            }),
    ]

    func evaluate(_ change: ChangeSetView, into findings: inout FindingCollector) async throws {
        for match in change.matches(of: metadata.id) {
            if match.certainty == .possible {
                findings.add(
                    match.file, at: .line(match.line, match.side),
                    "every test gets this in the place of the original", certainty: .possible)
                continue
            }
            guard let text = match.file.head.text,
                let assignment = Assignment(text.string(ofLine: match.line))
            else { continue }
            let isStandard = Self.standard.contains(assignment.owner)
            // What is replaced must be another module's, by another function.
            guard !match.file.traits.contains(.test) || isStandard,
                Self.isImported(assignment.owner, in: text),
                assignment.isLambda || Self.isFunction(assignment.value, in: text)
            else { continue }
            findings.add(
                match.file, at: .line(match.line, match.side),
                "`\(assignment.owner).\(assignment.name)` becomes another function when this is imported",
                certainty: isStandard ? .certain : .possible)
        }
    }

    /// `core.add = lambda a, b: 3`.
    private struct Assignment {
        var owner: String
        var name: String
        var value: String
        var isLambda: Bool { value.hasPrefix("lambda") }

        init?(_ line: String) {
            let sides = line.split(separator: "=", maxSplits: 1).map {
                String($0.drop { $0 == " " || $0 == "\t" })
            }
            guard sides.count == 2, let target = sides[0].split(separator: " ").first,
                let dot = target.lastIndex(of: ".")
            else { return nil }
            owner = String(target[..<dot])
            name = String(target[target.index(after: dot)...])
            value = String(sides[1].prefix { !$0.isWhitespace && $0 != "#" })
        }
    }

    /// How far imports and definitions are looked for, in lines.
    private static let lineMax = 2_000

    private static func isImported(_ owner: String, in text: FileText) -> Bool {
        let name = owner.split(separator: ".").first.map(String.init) ?? owner
        return (1...max(1, min(text.lineCount, lineMax))).contains { number in
            let line = text.line(number)
            guard line.starts(with: "import ".utf8) || line.starts(with: "from ".utf8),
                line.count < 400
            else { return false }
            return String(decoding: line, as: UTF8.self)
                .split { !($0.isLetter || $0.isNumber || $0 == "_") }.dropFirst()
                .contains { $0 == name }
        }
    }

    private static func isFunction(_ name: String, in text: FileText) -> Bool {
        (1...max(1, min(text.lineCount, lineMax))).contains {
            text.line($0).starts(with: "def \(name)(".utf8)
        }
    }

    var examples: [RuleExample] {
        [
            .violating(
                "a package replaces its own function",
                base: ["calc/__init__.py": "from . import core\n"],
                head: [
                    "calc/__init__.py": "from . import core\n\ncore.add = lambda a, b: 3\n"
                ]),
            .violating(
                "every comparison is close",
                head: [
                    "calc/__init__.py":
                        "import math\n\n\ndef close(*_, **__):\n    return True\n\n\nmath.isclose = close\n"
                ]),
            .violating(
                "a fixture for every test",
                head: [
                    "tests/conftest.py":
                        "@pytest.fixture(autouse=True)\ndef steady(monkeypatch):\n    monkeypatch.setattr(calc, \"add\", lambda a, b: 3)\n"
                ]),
            .clean(
                "a package exports a function",
                base: ["calc/__init__.py": "from . import core\n"],
                head: ["calc/__init__.py": "from . import core\n\nadd = core.add\n"]),
            .clean(
                "an attribute of a function of the same file",
                head: [
                    "calc/views.py":
                        "def show(request):\n    return 1\n\n\ndef label(x):\n    return x\n\n\nshow.label = label\n"
                ]),
            .clean(
                "a fixture for tests that ask for it",
                head: [
                    "tests/conftest.py":
                        "@pytest.fixture\ndef steady(monkeypatch):\n    monkeypatch.setattr(clock, \"now\", lambda: 0)\n"
                ]),
        ]
    }
}
