internal import ArgumentParser
internal import Foundation
internal import Guardrails
internal import JSONText
internal import Orchestration
internal import RunModel
internal import RunStore

/// `drydock verify`: proves that a change fixes what it claims and breaks nothing.
struct VerifyCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "verify",
        abstract: "Proves that a change fixes the named tests and breaks no other.",
        discussion: """
            Exits 0 when it is verified, 1 when it is rejected, 3 when the evidence is not enough, \
            and 2 when something is wrong with the call, the repository or the configuration. The \
            reasons are listed in docs/reference/reasons.md.
            """)

    @Option(help: "Any path inside the repository.")
    var repo: String = "."

    @Option(help: "The revision on which the tests fail; configuration is read from it.")
    var base: String

    @Option(help: "The revision that is to fix them.")
    var head: String

    @Option(help: "A revision on which they passed.")
    var good: String?

    @Option(name: .customLong("test"), help: "The id of a test to fix; may be repeated.")
    var tests: [String] = []

    @Option(name: .customLong("repeat"), help: "Runs of the head, each in a fresh sandbox.")
    var repeats: Int = 3

    @Option(help: "Where to write the signed attestation.")
    var attest: String?

    @Option(help: "text, json, junit or markdown.")
    var format: VerificationFormat = .text

    func validate() throws {
        guard (1...50).contains(repeats) else {
            throw ValidationError("--repeat takes a number from 1 to 50.")
        }
    }

    func run() async throws {
        Departure.arm()
        throw ExitCode(
            await CommandOutcome.status(of: "verify") {
                var request = VerifyRequest(
                    repository: repo, base: base, head: head, today: CalendarDay.today(),
                    now: Moment.now())
                request.good = good
                request.tests = tests
                request.repeats = repeats
                request.attestation = attest
                let store = try Store(path: StateDirectory.standard().store)
                let report = try await WorkRecord.perform(
                    "verify", title: "\(repo): \(base)..\(head)", store: store,
                    document: { try JSONTextEncoder.encode($0) }
                ) {
                    try await VerifyCoordinator.verify(
                        request, host: try ExecutionHost(), operatorFiles: OperatorFiles())
                }
                let text = try format.render(report)
                FileHandle.standardOutput.write(Data(text.utf8))
                switch report.verdict {
                case .verified: return 0
                case .rejected: return 1
                case .inconclusive: return 3
                }
            })
    }
}

extension VerificationFormat: ExpressibleByArgument {}
