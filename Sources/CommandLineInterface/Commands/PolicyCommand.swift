internal import ArgumentParser
internal import Foundation
internal import Guardrails
internal import PolicyFiles
internal import RunModel

/// `drydock policy`: guardrail policies, looked at without a change to judge.
struct PolicyCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "policy",
        abstract: "Checks, shows and explains guardrail policies.",
        subcommands: [Check.self, Show.self, Explain.self])

    /// `drydock policy check`: whether a policy is understood, and whether its own rules do what
    /// their examples say.
    struct Check: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "check",
            abstract: "Checks a policy, and its custom rules against their examples.")

        @Argument(help: "A policy file, or a shipped policy's name.")
        var policy: String

        func run() async throws {
            let loaded = try PolicyArgument.load(policy)
            var failures = 0
            for rule in loaded.customRules {
                for outcome in try await PolicyCheck.outcomes(of: rule) where !outcome.holds {
                    failures += 1
                    PolicyArgument.complain("\(rule.metadata.id): \(outcome.explanation)")
                }
                if rule.examples.isEmpty {
                    PolicyArgument.complain("\(rule.metadata.id): has no examples")
                }
            }
            guard failures == 0 else { throw ExitCode(1) }
            PolicyArgument.say(
                "\(policy): \(loaded.customRules.count) custom rules, "
                    + "\(loaded.suppressions.count) suppressions, no problem found")
        }
    }

    /// `drydock policy show`: every rule with the action that it has under a policy.
    struct Show: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "show", abstract: "Lists every rule with its action under a policy.")

        @Argument(help: "A policy file, or a shipped policy's name.")
        var policy: String = "default"

        func run() throws {
            let loaded = try PolicyArgument.load(policy)
            for rule in RuleIndex(policy: loaded).all {
                let action = loaded.action(for: rule, certainty: .certain).rawValue
                let padded = action.padding(toLength: 7, withPad: " ", startingAt: 0)
                PolicyArgument.say("\(padded) \(rule.id): \(rule.title)")
            }
        }
    }

    /// `drydock policy explain`: what a rule objects to, and why.
    struct Explain: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "explain", abstract: "Explains one rule, with its examples.")

        @Argument(help: "The rule's id.")
        var rule: String

        func run() throws {
            guard let found = RuleCatalog.all.first(where: { $0.metadata.id == rule }) else {
                PolicyArgument.complain("there is no rule \(rule); drydock policy show lists them")
                throw ExitCode(2)
            }
            PolicyArgument.say(RuleDocumentation.page(for: found), terminator: "")
        }
    }
}

/// A policy named on the command line.
enum PolicyArgument {
    static func load(_ name: String) throws -> GatePolicy {
        do {
            return try PolicyLoader.named(name)
        } catch {
            complain("\(error)")
            throw ExitCode(2)
        }
    }

    static func say(_ text: String, terminator: String = "\n") {
        FileHandle.standardOutput.write(Data((text + terminator).utf8))
    }

    static func complain(_ text: String) {
        FileHandle.standardError.write(Data("drydock policy: \(text)\n".utf8))
    }
}
