internal import RunModel

/// A file that existed becomes executable.
struct ExecutableBit: Rule {
    let metadata = RuleMetadata(
        id: "executable-bit", category: .permissions, severity: .medium, action: .block,
        title: "File made executable in passing",
        rationale: """
            A mode change does not show in most review tools. A file without an interpreter line \
            has no use for the bit; on a file that something runs by its path, it changes what \
            runs.
            """,
        remedy: "Take the bit away again (`git update-index --chmod=-x`), or say why it is needed.")

    func evaluate(_ change: ChangeSetView, into findings: inout FindingCollector) async throws {
        for file in change.files {
            guard let old = file.old, let new = file.new, file.kind != .copied,
                old.mode == FileMode.regular, new.mode == FileMode.executable
            else { continue }
            let isProgram = ProgramHead(file.head.text) != nil
            let message =
                isProgram
                ? "a program becomes executable"
                : "a file that is no program becomes executable (644 to 755)"
            findings.add(
                file, at: .wholeFile, message, certainty: isProgram ? .possible : .certain,
                action: isProgram ? .warn : nil)
        }
    }

    var examples: [RuleExample] {
        [
            .violating(
                "the mode of a module changes with nothing else",
                base: ["tool/core.py": "def run():\n    return 1\n"],
                head: ["tool/core.py": .executable("def run():\n    return 1\n")]),
            .violating(
                "a document becomes executable",
                base: ["notes.txt": "notes\n"], head: ["notes.txt": .executable("notes\nmore\n")]),
            .clean(
                "the bit is taken away",
                base: ["tool/core.py": .executable("def run():\n    return 1\n")],
                head: ["tool/core.py": "def run():\n    return 1\n"]),
            .clean(
                "content changes, mode does not",
                base: ["run.sh": .executable("#!/bin/sh\necho 1\n")],
                head: ["run.sh": .executable("#!/bin/sh\necho 2\n")]),
        ]
    }
}

/// How a file says that it can be executed.
enum ProgramHead: Equatable {
    case script
    case binary

    init?(_ text: FileText?) {
        guard let bytes = text?.bytes else { return nil }
        if bytes.starts(with: Array("#!".utf8)) {
            self = .script
        } else if bytes.starts(with: [0x7F, 0x45, 0x4C, 0x46])  // ELF
            || bytes.starts(with: Array("MZ".utf8))  // Windows
            || [[0xFE, 0xED, 0xFA], [0xCF, 0xFA, 0xED], [0xCA, 0xFE, 0xBA]].contains(
                Array(bytes.prefix(3)))  // Mach-O
        {
            self = .binary
        } else {
            return nil
        }
    }
}
