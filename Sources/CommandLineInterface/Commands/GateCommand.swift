internal import ArgumentParser
internal import Foundation
internal import Glibc
internal import Guardrails
internal import Orchestration
internal import RunModel

/// `drydock gate`: judges a diff.
struct GateCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "gate",
        abstract: "Judges a change by the guardrail rules of its base.",
        discussion: """
            Exits 0 when the change passes, 1 when it is blocked, 3 when it needs review, and 2 \
            when something is wrong with the call, the repository or the policy: what a policy \
            that is not understood would judge counts as blocked.
            """)

    @Option(help: "Any path inside the repository.")
    var repo: String = "."

    @Option(help: "The revision to compare with; the policy is read from it.")
    var base: String

    @Flag(
        help: """
            Judge what the head changed since it left the base's line (git diff base...head); the \
            policy is still that of the base.
            """)
    var mergeBase = false

    @Option(help: "The revision to judge.")
    var head: String?

    @Option(help: "A git patch to judge on top of the base: a file, or - for standard input.")
    var patch: String?

    @Option(help: "A shipped policy's name, or a policy file, instead of the base's.")
    var policy: String?

    @Option(help: "A glob that changed files must match; may be repeated.")
    var scope: [String] = []

    @Option(help: "What makes the exit status fail: block or review.")
    var failOn: FailureThreshold = .review

    @Option(help: "text, json, sarif, github, gitlab or markdown.")
    var format: GateReportFormat = .text

    func validate() throws {
        guard (head == nil) != (patch == nil) else {
            throw ValidationError("Name what to judge: either --head REV or --patch FILE.")
        }
        guard !mergeBase || head != nil else {
            throw ValidationError("--merge-base needs --head: a patch has no history.")
        }
    }

    func run() async throws {
        let status: Int32
        do {
            let quarantine = patch == nil ? nil : try TemporaryQuarantine()
            defer { quarantine?.remove() }
            let outcome = try await GateCoordinator.judge(
                GateRequest(
                    repository: repo, base: base, change: try change(), policy: policy,
                    scope: scope, sinceMergeBase: mergeBase, today: Moment.today(),
                    cacheDirectory: GateCache.directory(),
                    quarantine: quarantine?.path))
            let text = try format.render(outcome.report, rules: outcome.rules)
            FileHandle.standardOutput.write(Data(text.utf8))
            status = outcome.report.exitStatus(reviewFails: failOn == .review)
            if status == 2 {
                let problem = outcome.report.findings.map(\.message).joined(separator: "; ")
                FileHandle.standardError.write(
                    Data("drydock gate: nothing was judged: \(problem)\n".utf8))
            }
        } catch {
            FileHandle.standardError.write(Data("drydock gate: \(error)\n".utf8))
            status = 2
        }
        throw ExitCode(status)
    }

    private func change() throws -> GateRequest.Change {
        if let head { return .head(head) }
        return .patch(try PatchInput.read(patch ?? "-"))
    }
}

extension GateReportFormat: ExpressibleByArgument {}

/// `--fail-on`.
enum FailureThreshold: String, ExpressibleByArgument, CaseIterable {
    case block, review
}

/// Reads a patch with a bound.
enum PatchInput {
    private static let sizeBytesMax = 256 << 20

    static func read(_ path: String) throws -> [UInt8] {
        let handle: FileHandle
        if path == "-" {
            handle = .standardInput
        } else {
            guard let opened = FileHandle(forReadingAtPath: path) else {
                throw ValidationError("The patch \(path) cannot be read; check the path.")
            }
            handle = opened
        }
        var bytes: [UInt8] = []
        while let chunk = try handle.read(upToCount: 1 << 20), !chunk.isEmpty {
            bytes.append(contentsOf: chunk)
            guard bytes.count <= sizeBytesMax else {
                throw ValidationError(
                    "The patch is larger than \(sizeBytesMax >> 20) MiB; commit it and use --head.")
            }
        }
        // The command before a pipe may have failed: that is no change that passes.
        guard bytes.contains(where: { $0 > 0x20 }) else {
            throw ValidationError(
                "The patch is empty, so nothing can be judged; see whether what makes it failed.")
        }
        return bytes
    }
}

/// Where compiled patterns are kept between calls.
enum GateCache {
    /// `$XDG_CACHE_HOME/drydock/patterns`, for root `/var/cache/drydock/patterns`, made with mode
    /// 0700; `nil` when it cannot be made, which costs time only.
    static func directory() -> String? {
        let environment = ProcessInfo.processInfo.environment
        let parent: String
        if let chosen = environment["XDG_CACHE_HOME"], chosen.hasPrefix("/") {
            parent = chosen + "/drydock"
        } else if geteuid() == 0 {
            parent = "/var/cache/drydock"
        } else if let home = environment["HOME"], home.hasPrefix("/") {
            parent = home + "/.cache/drydock"
        } else {
            return nil
        }
        let path = parent + "/patterns"
        do {
            try FileManager.default.createDirectory(
                atPath: path, withIntermediateDirectories: true,
                attributes: [.posixPermissions: 0o700])
        } catch {
            return nil
        }
        return path
    }
}

/// A directory for objects that live as long as one command.
struct TemporaryQuarantine {
    let path: String

    init() throws {
        path = NSTemporaryDirectory() + "drydock-gate-" + UUID().uuidString
        try FileManager.default.createDirectory(
            atPath: path, withIntermediateDirectories: false,
            attributes: [.posixPermissions: 0o700])
    }

    func remove() { try? FileManager.default.removeItem(atPath: path) }
}
