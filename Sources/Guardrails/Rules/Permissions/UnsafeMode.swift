internal import RunModel

/// World-writable, set-user-id and set-group-id modes: in the tree, in scripts, code and
/// infrastructure.
struct UnsafeMode: Rule {
    let metadata = RuleMetadata(
        id: "unsafe-mode", category: .permissions, severity: .high, action: .block,
        title: "World-writable or set-id permission",
        rationale: """
            A file that everyone may write, or that runs with its owner's rights, turns any other \
            weakness on the machine into control over it. 777 is nearly always a way around a \
            permission problem that was not understood.
            """,
        remedy: "Give the mode that the one process that needs it needs: 600, 640, 700 or 750.")

    private static let scripts = FileFilter.shellLike.excluding([.test, .testData, .documentation])
    private static let code = FileFilter.sourceCode.excluding([.test, .testData, .documentation])
    private static let data = FileFilter.yaml.union(.terraform)
        .union(FileFilter(extensions: ["json", "toml", "ini", "cfg", "conf", "service", "pp"]))
        .excluding([.test, .testData, .documentation])

    let patterns: [ContentPattern] = [
        ContentPattern(
            "\\bchmod[ \\t]+[^\\n]*[0-7]{3}", files: Self.scripts, confirm: Self.octalAfterCommand),
        ContentPattern(
            "\\bchmod[ \\t]+(-[a-zA-Z]+[ \\t]+)*[ugoa]*[+=][rwxXt]*[ws]", files: Self.scripts,
            confirm: Self.symbolicAfterCommand),
        ContentPattern("--chmod=[0-7]{3,4}", files: Self.scripts, confirm: Self.octalAtEnd),
        ContentPattern(
            "(chmod|Chmod|fchmod|mkfifo|setmode|set_mode|from_mode|unix_mode|SetUnixFileMode)[A-Za-z_]*[ \\t]*\\([^\\n]*\\b0?o?[0-7]{3,4}\\b",
            files: Self.code, confirm: Self.octalAtEnd),
        ContentPattern(
            "\\bchmod(_R)?[ \\t]+0?o?[0-7]{3,4}\\b",
            files: FileFilter.ruby.excluding([.test, .testData, .documentation]),
            confirm: Self.octalAtEnd),
        ContentPattern(
            "\\b(install|mkdir|mkfifo)\\b[^\\n]*[ \\t](-m|--mode)[ =]*0?[0-7]{3,4}\\b",
            files: Self.scripts,
            confirm: Self.octalAtEnd),
        ContentPattern(
            "\\bsetfacl\\b[^\\n]*\\bo(ther)?::?[r-]?w", files: Self.scripts,
            confirm: { $0.isComment ? nil : $0.wholeLine }),
        // 0777 and 0666 as decimals.
        ContentPattern(
            "(chmod|Chmod)[A-Za-z]*[ \\t]*\\([^\\n]*\\b(511|438)[ \\t]*\\)", files: Self.code,
            confirm: { $0.isComment ? nil : $0.wholeLine }),
        ContentPattern(
            "\\b(defaultMode|mode)[\"']?:[ \\t]*(511|438)\\b", files: Self.data,
            confirm: { $0.isComment ? nil : $0.wholeLine }),
        // In a variable, which may be what a file is created with, less the umask.
        ContentPattern(
            "^[ \\t]*(export[ \\t]+|const[ \\t]+|let[ \\t]+|var[ \\t]+)?[A-Z_a-z]*(MODE|mode|PERM[A-Z]*|perm[a-z]*)[ \\t]*:?=[ \\t]*[\"']?0?o?[0-7]{3,4}\\b",
            files: Self.scripts.union(Self.code), certainty: .possible, confirm: Self.octalAtEnd),
        ContentPattern(
            "\\bumask[ \\t]*\\(?[ \\t]*0+[ \\t]*(\\)|;|$|&)", files: Self.code.union(Self.scripts),
            confirm: { $0.isComment ? nil : $0.wholeLine }),
        ContentPattern(
            "rwxrwxrwx|S_IRWXO|S_IWOTH|\\bsetWritable\\([ \\t]*true[ \\t]*,[ \\t]*false",
            files: Self.code, confirm: { $0.isComment ? nil : $0.wholeLine }),
        ContentPattern(
            "\\b(mode|file_mode|directory_mode|permissions|file_permission|defaultMode)\\b[\"']?[ \\t]*[:=][ \\t]*[\"']?0?o?[0-7]{3,4}\\b",
            files: Self.data, confirm: Self.octalAtEnd),
    ]

    func evaluate(_ change: ChangeSetView, into findings: inout FindingCollector) async throws {
        for file in change.files {
            guard let new = file.new, FileModeBits.isUnsafe(new.mode & 0o7777),
                new.mode & 0o170000 == 0o100000
            else { continue }
            findings.add(
                file, at: .wholeFile,
                "the tree gives the file mode \(String(new.mode & 0o7777, radix: 8))")
        }
        for match in change.matches(of: metadata.id) {
            findings.add(
                match.file, at: .line(match.line, match.side),
                "a mode that lets everyone write, or that runs with the owner's rights",
                certainty: match.certainty)
        }
    }

    private static func octalAfterCommand(_ candidate: ContentCandidate) -> Range<Int>? {
        guard !candidate.isComment else { return nil }
        let words = candidate.string.split(whereSeparator: { " \t;&|\"'`,[]()".contains($0) })
        guard let command = words.firstIndex(where: { $0 == "chmod" || $0.hasSuffix("/chmod") })
        else { return nil }
        let mode = words[(command + 1)...].first { !$0.hasPrefix("-") }
        return mode.flatMap(FileModeBits.octal).map(FileModeBits.isUnsafe) == true
            ? candidate.wholeLine : nil
    }

    private static func symbolicAfterCommand(_ candidate: ContentCandidate) -> Range<Int>? {
        guard !candidate.isComment else { return nil }
        let word =
            String(decoding: candidate.before, as: UTF8.self)
            .split(separator: " ").last.map(String.init) ?? ""
        guard let sign = word.firstIndex(where: { $0 == "+" || $0 == "=" }) else { return nil }
        let who = word[..<sign]
        let grantsOthers = who.isEmpty ? false : who.contains("o") || who.contains("a")
        let setsIdentity = word.last == "s"
        return grantsOthers || setsIdentity ? candidate.wholeLine : nil
    }

    private static func octalAtEnd(_ candidate: ContentCandidate) -> Range<Int>? {
        guard !candidate.isComment else { return nil }
        let digits = candidate.before.reversed().prefix { (0x30...0x37).contains($0) }
        let mode = FileModeBits.octal(String(decoding: digits.reversed(), as: UTF8.self))
        return mode.map(FileModeBits.isUnsafe) == true ? candidate.wholeLine : nil
    }

    var examples: [RuleExample] {
        [
            .violating(
                "a deployment script opens a directory to everyone",
                base: ["deploy.sh": "#!/bin/sh\nmkdir -p /srv/app\n"],
                head: ["deploy.sh": "#!/bin/sh\nmkdir -p /srv/app\nchmod -R 777 /srv/app\n"]),
            .violating(
                "an image makes a binary set-user-id",
                head: ["Dockerfile": "FROM debian\nRUN chmod u+s /usr/bin/tool\n"]),
            .violating(
                "Python code gives everyone the right to write",
                head: ["store.py": "import os\nos.chmod(path, 0o777)\n"]),
            .violating(
                "Go code gives everyone the right to write",
                head: ["store.go": "package store\nfunc f() { os.Chmod(path, 0666) }\n"]),
            .violating(
                "a playbook does",
                head: ["site.yml": "- file:\n    path: /etc/app\n    mode: \"0777\"\n"]),
            .clean(
                "777 as text in a README",
                head: ["README.md": "Never run chmod 777 on it.\n"]),
            .clean(
                "777 as data of a formatter's test",
                head: ["tests/data/numbers.py": "x = 0o777\nos.chmod(p, 0o777)\n"]),
            .clean(
                "a script becomes executable for its owner",
                head: ["build.sh": "chmod 755 build/tool\nchmod +x run\nchmod 1777 /tmp\n"]),
        ]
    }
}

/// What permission bits permit.
enum FileModeBits {
    /// Three or four octal digits, with or without the prefix of a language.
    static func octal(_ text: some StringProtocol) -> UInt32? {
        guard (3...5).contains(text.utf8.count) else { return nil }
        return UInt32(text, radix: 8)
    }

    /// Others may write and nothing keeps them from replacing the file (the sticky bit does in a
    /// directory), or it runs with its owner's or group's rights.
    static func isUnsafe(_ mode: UInt32) -> Bool {
        let sticky = mode & 0o1000 != 0
        return (mode & 0o002 != 0 && !sticky) || mode & 0o6000 != 0
    }
}
