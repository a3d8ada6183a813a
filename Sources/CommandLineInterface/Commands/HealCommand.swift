internal import ArgumentParser
internal import Foundation
internal import Orchestration
internal import Repair
internal import RunModel

/// `drydock heal`: from a red build to a verified pull request, or an honest diagnosis.
struct HealCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "heal",
        abstract: "Repairs a regression and proves it, or says what is wrong.",
        discussion: """
            Exits 0 when a pull request was opened, 10 when there is nothing to heal, 11 when the \
            failure is pre-existing or flaky, 12 when it was escalated to a human, 13 when an \
            approval is waited for, and 2 when something is wrong with the call or the repository.
            """)

    @Option(help: "Any path inside the repository.")
    var repo = "."
    @Option(help: "A revision where the tests pass (default: looked for on the branch's line).")
    var good: String?
    @Option(help: "The revision to heal.")
    var bad = "HEAD"
    @Option(help: "A result file of the bad revision, instead of running the tests.")
    var results: String?
    @Option(help: "A result file of the good revision.")
    var baseline: String?
    @Option(help: "The score below which a result counts as failed.")
    var threshold: Double?
    @Option(help: "A CI log that names the failing tests.")
    var log: String?
    @Option(help: "A deployment_status, workflow_run or check_suite event, as it was delivered.")
    var event: String?
    @Option(help: "The dependency resolution when it was last green: a lock file or a log.")
    var goodLock: String?
    @Option(
        help: """
            A fixer's name, or an external agent: claude-code, codex, aider, acp:PATH, \
            command:PATH; may be repeated.
            """)
    var fixer: [String] = []
    @Option(
        help: ArgumentHelp(
            "Where the pull request goes: local, github or gitlab.",
            discussion: "The token is in the file that DRYDOCK_GITHUB_TOKEN_FILE or "
                + "DRYDOCK_GITLAB_TOKEN_FILE names."))
    var forge = "local"
    @Option(help: "One folder of the monorepo's projects (default: all of them).")
    var project: String?
    @Option(help: "How many projects are worked on at a time.")
    var concurrency = 4
    @Flag(help: "Do everything, but let nothing leave this machine.")
    var dryRun = false
    @Option(help: "How many proposals are tried (default: 3).")
    var attempts: Int?
    @OptionGroup var budget: HealBudgetOptions
    @Option(help: "text or json.")
    var format = HealFormat.text

    func validate() throws {
        guard HealOptions.forges.contains(forge) else {
            throw ValidationError(
                "There is no forge \(forge); it is one of "
                    + HealOptions.forges.joined(separator: ", ") + ".")
        }
        guard concurrency > 0 else {
            throw ValidationError("--concurrency must be at least 1.")
        }
        guard attempts.map({ $0 > 0 }) ?? true else {
            throw ValidationError("--attempts must be at least 1.")
        }
        guard results != nil || baseline == nil && threshold == nil else {
            throw ValidationError(
                "--baseline and --threshold judge what --results names; add --results FILE.")
        }
        _ = try budget.value()
    }

    func run() async throws {
        Departure.arm()
        let status: Int32
        do {
            let report = try await HealSession().heal(
                options(), warn: HealProgress.warn, observe: HealProgress.show)
            try HealOutput.write(report, format: format)
            status = HealOutput.exitStatus(of: report)
        } catch {
            FileHandle.standardError.write(Data("drydock heal: \(error)\n".utf8))
            status = 2
        }
        throw ExitCode(status)
    }

    private func options() throws -> HealOptions {
        var options = HealOptions(repository: try HealSession.root(of: repo))
        options.good = good
        options.bad = bad
        options.threshold = threshold
        options.isDryRun = dryRun
        options.forge = forge
        options.project = project ?? ""
        options.concurrency = concurrency
        options.attempts = attempts
        options.budget = try budget.value()
        options.results = try results.map { try ReportFile(name: $0, content: Self.read($0)) }
        options.baseline = try baseline.map { try ReportFile(name: $0, content: Self.read($0)) }
        options.log = try log.map { try ReportFile(name: $0, content: Self.read($0)) }
        options.event = try event.map { try CIEvent(json: Self.read($0)) }
        options.goodLock = String(decoding: try goodLock.map(Self.read) ?? [], as: UTF8.self)
        for name in fixer {
            if let agent = try Self.agent(name) { options.agents.append(agent) }
            options.fixers.append(name)
        }
        return options
    }

    /// The external agent of that name, with what is put into the sandbox for it.
    private static func agent(_ name: String) throws -> ExternalAgent? {
        let program = try ExternalAgent.path(in: name).map(read)
        let client = try name.hasPrefix("acp:") ? read(HealSession.agentClientPath()) : nil
        return ExternalAgent(name: name, program: program, client: client)
    }

    private static func read(_ path: String) throws -> [UInt8] {
        guard let data = FileManager.default.contents(atPath: path) else {
            throw ValidationError("\(path) cannot be read; check the path.")
        }
        return Array(data)
    }
}

/// Budgets as options; what is not named comes from `drydock.yaml`.
struct HealBudgetOptions: ParsableArguments {
    // Unconditional, so that a negative number is refused as one and not taken for an option.
    @Option(parsing: .unconditional, help: "Tokens of language models.")
    var maxTokens: Int?
    @Option(parsing: .unconditional, help: "Money for language models, in US dollars.")
    var maxCostUsd: Double?
    @Option(help: "Wall time, such as 15m.")
    var maxWall: String?
    @Option(parsing: .unconditional, help: "Calls of language models.")
    var maxModelCalls: Int?
    @Option(help: "Time in sandboxes, such as 30m.")
    var maxSandboxTime: String?

    func value() throws -> HealBudget? {
        let isNamed =
            maxTokens != nil || maxCostUsd != nil || maxWall != nil || maxModelCalls != nil
            || maxSandboxTime != nil
        guard isNamed else { return nil }
        for (name, value) in [
            ("--max-tokens", maxTokens.map(Double.init)), ("--max-cost-usd", maxCostUsd),
            ("--max-model-calls", maxModelCalls.map(Double.init)),
        ] {
            guard value.map({ $0 >= 0 && $0.isFinite }) ?? true else {
                throw ValidationError("\(name) must not be negative.")
            }
        }
        var budget = HealBudget()
        budget.wallMilliseconds = nil
        budget.tokens = maxTokens
        budget.costUSD = maxCostUsd
        budget.modelCalls = maxModelCalls
        if let maxWall {
            budget.wallMilliseconds = Double(try Quantity.milliseconds(maxWall))
        }
        if let maxSandboxTime {
            budget.sandboxMilliseconds = Double(try Quantity.milliseconds(maxSandboxTime))
        }
        return budget
    }
}
