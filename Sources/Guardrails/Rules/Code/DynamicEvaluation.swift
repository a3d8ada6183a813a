internal import RunModel

/// Text that is run as a program, or loaded as objects.
struct DynamicEvaluation: PatternRule {
    let metadata = RuleMetadata(
        id: "dynamic-evaluation", category: .code, severity: .high, action: .review,
        title: "Text run as a program",
        rationale: """
            Whoever controls the text controls the process. Unpickling and unsafe YAML loading are \
            the same thing with another name.
            """,
        remedy: "Parse what is expected (`ast.literal_eval`, `JSON.parse`, `yaml.safe_load`).",
        languages: ["JavaScript", "PHP", "Python", "Ruby", "Shell", "TypeScript"])

    private static let outside: PathTraits = [
        .test, .testData, .documentation, .vendored, .generated, .sample, .build,
    ]

    let patterns: [ContentPattern] = [
        .code(
            "(^|[^.A-Za-z0-9_\"'`])(eval|exec)\\([ \\t]*[A-Za-z_(]",
            files: .python.excluding(outside)),
        .code(
            "\\b(pickle|cPickle|dill|shelve|marshal)\\.loads?\\(", files: .python.excluding(outside)
        ),
        ContentPattern(
            "\\byaml\\.(unsafe_load|load)\\(", files: .python.excluding(outside),
            confirm: { candidate in
                let line = candidate.string
                return candidate.isComment || line.contains("Safe") ? nil : candidate.wholeLine
            }),
        .code(
            "(^|[^.A-Za-z0-9_\"'`$])eval\\([ \\t]*[^\"')\\n]|\\bnew[ \\t]+Function\\(|vm\\.runIn(New|This)Context\\(",
            files: .javaScript.excluding(outside)),
        .code(
            "(^|[^>A-Za-z0-9_$])eval\\([ \\t]*\\$|\\bunserialize\\([ \\t]*\\$_|\\bassert\\([ \\t]*\\$_",
            files: .php.excluding(outside)),
        .code(
            "\\b(instance_eval|class_eval|eval)\\(?[ \\t]*(params|request)|Marshal\\.load\\(|YAML\\.unsafe_load",
            files: .ruby.excluding(outside)),
        .code(
            "(^|[;&|][ \\t]*)[ \\t]*eval[ \\t]+[\"']?\\$[({]?[A-Z_a-z0-9@*]+[)}]?[\"']?[ \\t]*$",
            files: .shell.excluding(outside)),
    ]

    func message(for match: ContentMatch) -> String { "text becomes code here" }

    var examples: [RuleExample] {
        [
            .violating("Python", head: ["a.py": "value = eval(request.args['q'])\n"]),
            .violating("unpickling", head: ["a.py": "state = pickle.loads(body)\n"]),
            .violating("unsafe YAML", head: ["a.py": "c = yaml.load(text)\n"]),
            .violating("JavaScript", head: ["a.js": "const f = new Function(body)\n"]),
            .violating("shell", head: ["a.sh": "eval \"$cmd\"\n"]),
            .clean("a method of that name", head: ["a.py": "model.eval()\nx = df.eval(q)\n"]),
            .clean("safe YAML", head: ["a.py": "yaml.load(t, Loader=yaml.SafeLoader)\n"]),
            .clean("a definition", head: ["a.js": "class A { eval() { return 1 } }\n"]),
            .clean("ssh-agent", head: ["a.sh": "eval \"$(ssh-agent -s)\"\n"]),
        ]
    }
}
