internal import ArgumentParser
internal import Orchestration

/// Not for people: what a command becomes that is told to end while its sandboxes run.
struct DepartureCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: Departure.command, abstract: "Removes what an ended command left.",
        shouldDisplay: false)

    @Argument(help: "The signal that ended it.")
    var signal: Int32

    func run() throws { Departure.leave(bySignal: signal) }
}
