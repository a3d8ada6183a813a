internal import ArgumentParser
internal import Foundation
internal import JSONText
internal import Orchestration
internal import RunModel
internal import RunStore
internal import Verification

/// `drydock repro`: records a failing build as one file, and replays it elsewhere.
struct ReproCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "repro",
        abstract: "Records a failing command as one file, or replays such a file.",
        discussion: """
            drydock repro --repo . --rev HEAD --out failure.tar -- make test
            drydock repro --repo . --log ci.log
            drydock repro --repo . --workflow .github/workflows/ci.yml --job test
            drydock repro failure.tar
            drydock repro failure.tar --shell

            Recording exits 0 when a bundle was written, 1 when the command did not fail or what \
            failed is not what the log says, 3 when the failure comes and goes. Replaying exits 0 \
            when the recorded outcome came back, 1 when another did, 3 when it is unstable. Both \
            exit 2 when something is wrong with the call, the repository, the bundle or the host.
            """)

    @Argument(help: "A bundle to replay; with --rev, --log or --workflow, the command to record.")
    var words: [String] = []

    @Option(help: "Any path inside the repository (.).")
    var repo: String?

    @Option(help: "The revision to record (HEAD).")
    var rev: String?

    @Option(help: "Where the bundle goes (drydock-repro-TREE.tar).")
    var out: String?

    @Option(help: "A CI log in which to find the failing command and tests.")
    var log: String?

    @Option(help: "A GitHub Actions or GitLab CI file; needs --job.")
    var workflow: String?

    @Option(help: "The job of --workflow to record.")
    var job: String?

    @Option(help: "NAME=VALUE of the matrix entry to take (the first); may be repeated.")
    var matrix: [String] = []

    @Flag(help: "Find out which test, files and variables are needed, and record only them.")
    var shrink = false

    @Flag(help: "Replay, then open a shell in the state that the command left.")
    var shell = false

    @Option(
        help:
            "A folder of --net-record's: its answers stand for the network, and are carried along.")
    var answers: String?

    @Flag(
        name: .customLong("net-record"),
        help: "Record what the network answers, and carry it along; needs --net allow=HOST,...")
    var recordsAnswers = false

    @Option(name: .customLong("repeat"), help: "Runs: 2 when recording, at most 3 when replaying.")
    var repeats: Int?

    @Option(help: "NAME[=VALUE]: pass a variable on, or set it; may be repeated.")
    var env: [String] = []

    @Option(help: "Sandbox profile (build).")
    var profile: String?

    @Option(help: "Root file system: host, an image's name, or a directory (host).")
    var image: String?

    @Option(help: "none, loopback, allow=HOST,... or host (none).")
    var net: String?

    @Option(help: "Memory of the whole run, such as 2GiB.")
    var memory: String?

    @Option(help: "Wall clock of one run, such as 10m.")
    var timeout: String?

    @Option(help: "Processors' worth of time, such as 1.5.")
    var cpus: Double?

    @Option(help: "Processes at a time.")
    var pids: UInt64?

    @Option(help: "What a run may write, such as 4GiB.")
    var disk: String?

    @Option(help: "text or json.")
    var format: ReproFormat = .text

    private var records: Bool { repo != nil || rev != nil || log != nil || workflow != nil }

    func validate() throws {
        guard repeats.map((1...50).contains) ?? true else {
            throw ValidationError("--repeat takes a number from 1 to 50.")
        }
        if !records {
            guard words.count == 1 else {
                throw ValidationError(
                    "Name one bundle to replay, or what to record: "
                        + "drydock repro --repo . --rev HEAD -- COMMAND.")
            }
            guard out == nil, job == nil, matrix.isEmpty, answers == nil, !recordsAnswers,
                !shrink
            else {
                throw ValidationError(
                    "--out, --job, --matrix, --answers, --net-record and --shrink are for recording; "
                        + "say what to record with --rev.")
            }
            return
        }
        guard !shell else {
            throw ValidationError("--shell is for replaying: record first, then name the bundle.")
        }
        guard answers == nil || !recordsAnswers else {
            throw ValidationError("--answers and --net-record exclude each other.")
        }
        guard (workflow == nil) == (job == nil) else {
            throw ValidationError("--workflow and --job go together.")
        }
        let subjects = [!words.isEmpty, log != nil, workflow != nil].count(where: \.self)
        guard subjects == 1 else {
            throw ValidationError(
                "Say what fails: a command after --, or --log FILE, or --workflow FILE --job NAME.")
        }
        _ = try settings()
        _ = try matrixEntries()
    }

    func run() async throws {
        // A shell's signals are for what runs in it.
        if !shell { Departure.arm() }
        throw ExitCode(
            await CommandOutcome.status(of: "repro") {
                let host = try ExecutionHost()
                let answer = records ? try await record(host) : try await replay(host)
                guard let report = answer.report else { return answer.status }
                FileHandle.standardOutput.write(Data(try format.render(report).utf8))
                return report.exitStatus
            })
    }

    private struct Answer {
        var report: ReproReport?
        var status: Int32 = 0
    }

    private func record(_ host: ExecutionHost) async throws -> Answer {
        let subject: RecordRequest.Subject
        if let log {
            subject = .log(path: log)
        } else if let workflow, let job {
            subject = .job(file: workflow, name: job, matrix: try matrixEntries())
        } else {
            subject = .command(words)
        }
        var request = RecordRequest(
            repository: repo ?? ".", revision: rev ?? "HEAD", subject: subject,
            settings: try settings(), now: Moment.now())
        request.output = out
        request.shrinks = shrink
        request.answers = answers
        request.recordsAnswers = recordsAnswers
        request.repeats = repeats ?? 2
        return Answer(
            report: try await onRecord("\(request.repository): \(request.revision)") {
                try await ReproRecorder.record(
                    request, host: host, operatorFiles: OperatorFiles())
            })
    }

    private func replay(_ host: ExecutionHost) async throws -> Answer {
        let bundle = try await UnpackedBundle(
            path: words[0], settings: try settings(), host: host, operatorFiles: OperatorFiles())
        if shell {
            let status = try await ReproShell(bundle, host: host).run()
            return Answer(report: nil, status: status)
        }
        return Answer(
            report: try await onRecord(words[0]) { try await bundle.replay(repeats: repeats ?? 3) })
    }

    private func onRecord(
        _ title: String, _ work: () async throws -> ReproReport
    ) async throws -> ReproReport {
        try await WorkRecord.perform(
            "repro", title: title, store: try Store(path: StateDirectory.standard().store),
            document: { try JSONTextEncoder.encode($0) }, work)
    }

    private func settings() throws -> ReproSettings {
        var settings = ReproSettings()
        for text in env {
            let parts = text.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            guard let name = parts.first, !name.isEmpty else {
                throw ValidationError("--env \(text) names no variable; write NAME=VALUE.")
            }
            let value =
                parts.count == 2
                ? String(parts[1]) : ProcessInfo.processInfo.environment[String(name)]
            settings.environment[String(name)] = value
        }
        settings.profile = profile
        settings.network = net
        settings.image = image
        settings.limits.cpus = cpus
        settings.limits.processes = pids
        settings.limits.memoryBytes = try memory.map(Quantity.bytes)
        settings.limits.diskBytes = try disk.map(Quantity.bytes)
        settings.limits.wallMilliseconds = try timeout.map(Quantity.milliseconds)
        return settings
    }

    private func matrixEntries() throws -> [String: String] {
        var entries: [String: String] = [:]
        for text in matrix {
            let parts = text.split(separator: "=", maxSplits: 1).map(String.init)
            guard parts.count == 2 else {
                throw ValidationError("--matrix takes NAME=VALUE, not \(text).")
            }
            entries[parts[0]] = parts[1]
        }
        return entries
    }
}

extension ReproFormat: ExpressibleByArgument {}
