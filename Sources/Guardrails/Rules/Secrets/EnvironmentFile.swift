internal import RunModel

/// Files that hold the secrets of an environment.
struct EnvironmentFile: Rule {
    let metadata = RuleMetadata(
        id: "environment-file", category: .secrets, severity: .high, action: .block,
        title: "File of local secrets",
        rationale: """
            These files exist to be kept out of repositories; what is in them today may be \
            harmless, what someone adds tomorrow is not.
            """,
        remedy: "Add the name to .gitignore and commit a template without values instead.")

    private static let names: Set<String> = [
        ".netrc", "_netrc", ".pgpass", ".htpasswd", "id_rsa", "id_dsa", "id_ecdsa", "id_ed25519",
        "credentials.json", "service-account.json", "terraform.tfstate", "terraform.tfvars",
        "secrets.yml", "secrets.yaml", "master.key", ".dockercfg", ".pypirc",
    ]
    private static let extensions: Set<String> = ["pfx", "p12", "jks", "keystore", "kdbx", "ppk"]
    private static let templates = [
        "example", "sample", "template", "dist", "default", "test", "ci",
    ]

    func evaluate(_ change: ChangeSetView, into findings: inout FindingCollector) async throws {
        for file in change.files where file.new != nil && file.old?.path != file.new?.path {
            let name = PathName(file.path)
            let isEnvironment = name.lowered == ".env" || name.lowered.hasPrefix(".env.")
            let listed =
                Self.names.contains(name.lowered) || Self.extensions.contains(name.fileExtension)
            guard isEnvironment || listed,
                !Self.templates.contains(where: { name.lowered.contains($0) }),
                !file.isSymbolicLink
            else { continue }
            if isEnvironment, let text = file.head.text, !Self.hasValues(text) { continue }
            let expected = !file.traits.isDisjoint(with: [.test, .testData, .sample])
            findings.add(
                file, at: .wholeFile, "\(name.lowered) is a file of local secrets",
                certainty: expected ? .possible : .certain)
        }
    }

    private static func hasValues(_ text: FileText) -> Bool {
        guard text.lineCount > 0 else { return false }
        return (1...text.lineCount).contains { number in
            let line = text.line(number)
            guard let sign = line.firstIndex(of: UInt8(ascii: "=")), line.first != UInt8(ascii: "#")
            else { return false }
            return line[(sign + 1)...].contains { $0 > 0x20 && $0 != 0x22 && $0 != 0x27 }
        }
    }

    var examples: [RuleExample] {
        [
            .violating("an environment file", head: [".env": "DB_PASSWORD=x1\n"]),
            .violating("a key store", head: ["conf/server.p12": "x"]),
            .violating(
                "a template becomes the file", base: [".env.example": "A=1\n"],
                head: [".env": "A=1\n"]),
            .clean("a template", head: [".env.example": "DB_PASSWORD=\n"]),
            .clean("an empty one", head: [".env": "# see .env.example\nA=\n"]),
        ]
    }
}
