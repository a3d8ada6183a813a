internal import Foundation
internal import GitWorktrees
internal import RunModel
internal import Verification

/// Puts a bundle together: manifest, logs, reports, answers, and every file of the tree.
struct BundleWriting: Sendable {
    let request: RecordRequest
    let run: CommandRequest
    let result: CommandResult
    let report: ReproReport
    /// The network's, by path.
    let answers: [(path: String, content: [UInt8])]
    let source: ReproManifest.Source
    let agreeing: Int
    let profile: String
    let profileDigest: String

    private static let fileBytesMax = 256 << 20

    /// - Returns: where the bundle is, and the variables whose values were left out.
    func write(reading repository: GitRepository) async throws -> (String, redacted: [String]) {
        let tree = report.tree
        let secrets = run.environment.filter {
            SecretRedaction.isSecret(name: $0.key, value: $0.value)
        }
        let redaction = SecretRedaction(secrets: Array(secrets.values))
        var manifest = ReproManifest(
            drydock: DrydockVersion.text, createdAt: request.now, tree: tree, source: source,
            command: run.arguments.map(redaction.redact), profile: profile,
            profileDigest: profileDigest, limits: run.limits, outcome: report.recorded)
        manifest.workingDirectory = run.workingDirectory
        manifest.environment = run.environment.mapValues(redaction.redact)
        for name in secrets.keys {
            manifest.environment[name] = SecretRedaction.placeholder
        }
        manifest.redacted = secrets.keys.sorted()
        manifest.network = run.network
        manifest.image = request.settings.image ?? "host"
        manifest.host = ReproHost.facts()
        manifest.runs = report.runs.count
        manifest.agreeing = agreeing
        manifest.notCarried = report.notCarried
        manifest.outcome.cause = manifest.outcome.cause.map(redaction.redact)
        let reports = result.reports.sorted { $0.key < $1.key }
        manifest.reports = reports.map(\.key)
        manifest.hasAnswers = !answers.isEmpty

        let path = request.output ?? "drydock-repro-\(tree.prefix(12)).tar"
        var archive = try TarWriter(to: path)
        try archive.add(BundleLayout.manifest, try manifest.encoded())
        try archive.add(
            BundleLayout.standardOutput, redaction.redact(result.standardOutput))
        try archive.add(BundleLayout.standardError, redaction.redact(result.standardError))
        for (name, bytes) in reports {
            try archive.add(BundleLayout.reports + name, redaction.redact(bytes))
        }
        for answer in answers {
            try archive.add(BundleLayout.answers + answer.path, answer.content)
        }
        for file in try await repository.files(inTree: tree) {
            let content = try await repository.blob(file.blob, byteLimit: Self.fileBytesMax)
            let name = BundleLayout.tree + file.path
            if file.mode == 0o120000 {
                try archive.add(
                    name, [], mode: 0o777, link: String(decoding: content, as: UTF8.self))
            } else {
                try archive.add(name, content, mode: file.mode & 0o777)
            }
        }
        try archive.finish()
        return (path, manifest.redacted)
    }
}
