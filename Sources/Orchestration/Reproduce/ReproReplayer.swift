internal import Foundation
internal import GitWorktrees
package import RunModel
package import Verification
internal import WorktreeLookup

/// A bundle that was unpacked into a repository of its own, checked, and is ready to run.
///
/// Nothing that the bundle says widens what a run may do: limits above the standard, another
/// profile and any network need the caller's own word.
package struct UnpackedBundle: Sendable {
    package let path: String
    package let manifest: ReproManifest
    private let folder: PrivateFolder
    let repository: GitRepository
    let executor: SandboxedExecutor
    let request: CommandRequest
    let image: String
    package let differences: [String]

    package init(
        path: String, settings: ReproSettings, host: ExecutionHost, operatorFiles: OperatorFiles
    ) async throws {
        let bundle = try ReproBundle(path: path)
        let manifest = bundle.manifest
        let profile = try Self.permitted(
            manifest.profile, asked: settings.profile, standard: "build", path: path,
            option: "--profile")
        // Answered from the bundle, a run needs nobody's permission: its network is off.
        let isAnswered = manifest.hasAnswers && settings.network == nil
        var network =
            isAnswered
            ? "none"
            : try Self.permitted(
                manifest.network, asked: settings.network, standard: "none", path: path,
                option: "--net")
        let image = try Self.permitted(
            manifest.image, asked: settings.image, standard: "host", path: path, option: "--image")
        var differences = ReproHost.differences(recorded: manifest.host)
        folder = try PrivateFolder()
        let repositoryPath = folder.path + "/repository"
        try GitRepository.makeBare(at: repositoryPath)
        repository = try GitRepository(at: repositoryPath, quarantine: folder.path + "/objects")
        let empty = try await repository.withHandle { try $0.emptyTree().description }
        let tree = try await bundle.writeTree(into: repository, empty: empty)
        executor = try SandboxedExecutor(
            host: host, repository: repository, profile: profile, image: image)
        self.image = image
        if executor.profileDigest != manifest.profileDigest {
            differences.append("the sandbox profile \(profile) is another one here")
        }
        let project = try await ReproProject.load(
            tree: tree, repository: repository, path: path, executor: executor,
            layerRoot: host.trees.layout.root + "/layers", operatorFiles: operatorFiles)

        if manifest.hasAnswers {
            if isAnswered {
                let place = folder.path + "/answers"
                try Self.unpack(bundle.answers(), into: place)
                network = try ReproAnswers(recorded: place).replaying
            } else {
                differences.append(
                    "the bundle's recorded network answers were not used: --net was given")
            }
        }
        var request = CommandRequest(tree: tree, arguments: manifest.command, role: "replay")
        request.environment = manifest.environment.merging(settings.environment) { $1 }
        request.workingDirectory = manifest.workingDirectory
        request.layers = project.layers
        request.network = network
        request.limits = Self.limits(manifest.limits, settings.limits, &differences)
        for name in manifest.redacted where settings.environment[name] == nil {
            differences.append("\(name) was redacted: pass --env \(name)=... if it matters")
        }
        self.path = path
        self.manifest = manifest
        self.request = request
        self.differences = differences
    }

    private static func permitted(
        _ recorded: String, asked: String?, standard: String, path: String, option: String
    ) throws(ReproError) -> String {
        if let asked { return asked }
        guard recorded == standard || recorded == "loopback" else {
            throw ReproError(
                path,
                "it was recorded with \(option) \(recorded.prefix(200)), and a bundle widens "
                    + "nothing by itself",
                remedy: "permit it with \(option) \(recorded.prefix(200)), or pass "
                    + "\(option) \(standard)")
        }
        return recorded
    }

    /// The smaller of what was recorded and what is standard here, unless the caller says more.
    private static func limits(
        _ recorded: ResourceLimits, _ asked: ResourceLimits, _ differences: inout [String]
    ) -> ResourceLimits {
        var limits = ResourceLimits.standard
        func lower<Value: Comparable>(
            _ field: WritableKeyPath<ResourceLimits, Value?>, _ name: String
        ) {
            guard let wanted = recorded[keyPath: field], let bound = limits[keyPath: field] else {
                return
            }
            if wanted <= bound {
                limits[keyPath: field] = wanted
            } else if asked[keyPath: field] == nil {
                differences.append("\(name): recorded with \(wanted), here \(bound)")
            }
        }
        lower(\.memoryBytes, "the memory limit (--memory)")
        lower(\.processes, "the process limit (--pids)")
        lower(\.cpus, "the processors (--cpus)")
        lower(\.wallMilliseconds, "the time limit (--timeout)")
        lower(\.diskBytes, "the disk limit (--disk)")
        lower(\.outputBytes, "the output limit")
        limits.cpuTimeMilliseconds = recorded.cpuTimeMilliseconds
        limits.override(with: asked)
        return limits
    }

    /// The names were checked when the bundle was opened: relative, without `..`, no links.
    private static func unpack(
        _ answers: [(path: String, content: [UInt8])], into folder: String
    ) throws {
        for answer in answers {
            let target = "\(folder)/\(answer.path)"
            try FileManager.default.createDirectory(
                atPath: (target as NSString).deletingLastPathComponent,
                withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
            try Data(answer.content).write(to: URL(fileURLWithPath: target))
        }
    }

    /// Runs the command until the answer is clear.
    ///
    /// - Parameter repeats: at most; two different outcomes are enough for `unstable`.
    package func replay(repeats: Int) async throws -> ReproReport {
        var outcomes: [ReproOutcome] = []
        var verdict = ReproVerdict.different
        for _ in 0..<max(repeats, 1) {
            outcomes.append(ReproOutcome(try await executor.run(request)))
            verdict =
                ReproVerdict(outcomes.map { $0.agrees(with: manifest.outcome) }) ?? .different
            if verdict == .unstable { break }
        }
        let word: ReproReport.Verdict =
            switch verdict {
            case .reproduced: .reproduced
            case .different: .different
            case .unstable: .unstable
            }
        var report = ReproReport(
            verdict: word, tree: manifest.tree, command: manifest.command,
            recorded: manifest.outcome, runs: outcomes)
        report.bundle = path
        report.differences = differences
        report.notCarried = manifest.notCarried
        report.redacted = manifest.redacted
        return report
    }
}

/// A folder that only this user can enter, and that goes with the last who holds it.
private final class PrivateFolder: Sendable {
    let path: String

    init() throws {
        path = NSTemporaryDirectory() + "drydock-repro-" + UUID().uuidString
        try FileManager.default.createDirectory(
            atPath: path, withIntermediateDirectories: false, attributes: [.posixPermissions: 0o700]
        )
    }

    // Nothing can be done about what cannot be removed, and the system clears its own folder.
    deinit { try? FileManager.default.removeItem(atPath: path) }
}
