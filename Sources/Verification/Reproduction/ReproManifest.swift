package import RunModel

/// What a bundle says of the failure that it holds: `manifest.json`, its first member.
package struct ReproManifest: Codable, Sendable, Equatable {
    /// What this version writes, and the only one that it reads.
    package static let schema = "drydock.repro-bundle/v1"

    package var schema = ReproManifest.schema
    package var drydock: String
    /// RFC 3339, UTC.
    package var createdAt: String
    /// The git tree that the bundle's files make, in hexadecimal: what is unpacked must have it.
    package var tree: String
    package var source: Source
    package var command: [String]
    package var workingDirectory: String
    package var environment: [String: String]
    /// Variables whose value was taken out: replay sets them to what `--env` says, or leaves them
    /// at the placeholder.
    package var redacted: [String]
    package var profile: String
    package var profileDigest: String
    package var image: String
    /// As in `--net`.
    package var network: String
    package var limits: ResourceLimits
    package var host: [String: String]
    package var outcome: ReproOutcome
    /// Runs at the time of recording, and how many of them ended like `outcome`.
    package var runs: Int
    package var agreeing: Int
    /// What the failure also depended on, or may have, and is not in the bundle.
    package var notCarried: [String]
    /// Report files, below `reports/`.
    package var reports: [String]
    /// Whether recorded answers of the network lie below `answers/`.
    package var hasAnswers: Bool

    package struct Source: Codable, Sendable, Equatable {
        package var revision: String
        package var commit: String?
        /// The tree of that revision; another one than `tree` when something was left out.
        package var tree: String

        package init(revision: String, commit: String?, tree: String) {
            self.revision = revision
            self.commit = commit
            self.tree = tree
        }
    }

    package init(
        drydock: String, createdAt: String, tree: String, source: Source, command: [String],
        profile: String, profileDigest: String, limits: ResourceLimits, outcome: ReproOutcome
    ) {
        self.drydock = drydock
        self.createdAt = createdAt
        self.tree = tree
        self.source = source
        self.command = command
        workingDirectory = ""
        environment = [:]
        redacted = []
        self.profile = profile
        self.profileDigest = profileDigest
        image = "host"
        network = "none"
        self.limits = limits
        host = [:]
        self.outcome = outcome
        runs = 1
        agreeing = 1
        notCarried = []
        reports = []
        hasAnswers = false
    }

    package enum CodingKeys: String, CodingKey {
        case schema, drydock
        case createdAt = "created_at"
        case tree, source, command
        case workingDirectory = "working_directory"
        case environment, redacted, profile
        case profileDigest = "profile_digest"
        case image, network, limits, host, outcome, runs, agreeing
        case notCarried = "not_carried"
        case reports
        case hasAnswers = "has_answers"
    }

    /// What a manifest of a stranger must satisfy before anything is done with it.
    func check(in file: String) throws(ReproError) {
        func refuse(_ problem: String) -> ReproError {
            ReproError("manifest.json of \(file)", problem, remedy: "ask for a new bundle")
        }
        guard schema == Self.schema else {
            throw ReproError(
                file, "it is a bundle of version \(schema.prefix(80))",
                remedy: "this Drydock reads \(Self.schema); use the Drydock that wrote it")
        }
        guard tree.utf8.count == 40, tree.utf8.allSatisfy(Self.isHexadecimal) else {
            throw refuse("its tree is not an object id")
        }
        guard !command.isEmpty, command.count <= 4096, !command.contains(where: Self.hasZero),
            command.allSatisfy({ $0.utf8.count <= 128 << 10 })
        else { throw refuse("its command is none that could be run") }
        let parts = workingDirectory.split(separator: "/", omittingEmptySubsequences: false)
        guard workingDirectory.isEmpty || !parts.contains(where: { ["", ".", ".."].contains($0) }),
            !Self.hasZero(workingDirectory)
        else { throw refuse("its working directory is not inside the tree") }
        for (name, value) in environment
        where name.isEmpty || name.contains("=") || Self.hasZero(name) || Self.hasZero(value) {
            throw refuse("its environment has a variable that no process can have")
        }
    }

    private static func hasZero(_ text: String) -> Bool { text.utf8.contains(0) }

    private static func isHexadecimal(_ byte: UInt8) -> Bool {
        (0x30...0x39).contains(byte) || (0x61...0x66).contains(byte)
    }
}
