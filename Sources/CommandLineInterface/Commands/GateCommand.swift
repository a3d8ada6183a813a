internal import ArgumentParser
internal import ChangeGate
internal import Guardrails

/// `drydock gate`: judges a diff. An ordinary call never comes here, see `drydock-gate`.
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
    var failOn: GateCall.Threshold = .review

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
        var call = GateCall(base: base, change: head.map { .head($0) } ?? .patch(patch ?? "-"))
        call.repository = repo
        call.sinceMergeBase = mergeBase
        call.policy = policy
        call.scope = scope
        call.threshold = failOn
        call.format = format
        throw ExitCode(await call.perform())
    }
}

extension GateReportFormat: ExpressibleByArgument {}

extension GateCall.Threshold: ExpressibleByArgument {}
