internal import ArgumentParser
internal import Orchestration

/// Not for people: the front calls it for a profile that is not compiled yet.
struct ProfileCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "profile", abstract: "Compiles sandbox profiles.", shouldDisplay: false,
        subcommands: [Compile.self])

    struct Compile: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "compile",
            abstract: "Compiles one profile into a file that the front can use.")

        @Argument(help: "A shipped profile's name, or a path.")
        var profile: String

        @Option(help: "Where to put it.")
        var output: String

        func run() throws {
            try ShippedPolicies.compile(profile, to: output)
        }
    }
}
