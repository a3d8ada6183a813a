internal import Foundation
internal import GitWorktrees
internal import Glibc
internal import RunModel
internal import Verification

/// What recording and replaying share: the project's setup layers and test command, if it has any.
struct ReproProject: Sendable {
    var layers: [String] = []
    var testCommand: TestCommand?

    static func load(
        tree: String, repository: GitRepository, path: String, executor: SandboxedExecutor,
        layerRoot: String, operatorFiles: OperatorFiles
    ) async throws -> ReproProject {
        let context: ProjectContext
        do {
            context = try await ProjectContext.load(
                tree: tree, reader: repository, repository: path,
                operatorConfiguration: try operatorFiles.configuration())
        } catch ProjectError.noTestCommand {
            // The command is given: a project without tests that are found is as good.
            return ReproProject()
        }
        let builder = SetupBuilder(executor: executor, store: LayerStore(root: layerRoot))
        let layers = try await builder.layers(
            for: context.setup, tree: tree, reader: repository, limits: context.limits)
        var command = context.testCommand
        command.layers = layers
        return ReproProject(layers: layers, testCommand: command)
    }
}

/// What of this machine a failure may depend on, for comparison elsewhere.
enum ReproHost {
    static func facts() -> [String: String] {
        var facts: [String: String] = [:]
        var names = utsname()
        if uname(&names) == 0 {
            facts["kernel"] = text(&names.release)
            facts["architecture"] = text(&names.machine)
        }
        let release = FileManager.default.contents(atPath: "/etc/os-release") ?? Data()
        for line in String(decoding: release, as: UTF8.self).split(separator: "\n") {
            guard let value = line.dropPrefix("PRETTY_NAME=") else { continue }
            facts["system"] = value.trimmingCharacters(in: CharacterSet(charactersIn: "\""))
        }
        facts["processors"] = String(ProcessInfo.processInfo.activeProcessorCount)
        return facts
    }

    static func differences(recorded: [String: String]) -> [String] {
        let here = facts()
        // Another kernel or processor count is not worth a line unless the outcome differs, but a
        // reader of a differing outcome needs both.
        return recorded.sorted { $0.key < $1.key }.compactMap { name, value in
            guard let own = here[name], own != value else { return nil }
            return "\(name): recorded on \(value.prefix(200)), here \(own)"
        }
    }

    private static func text<Field>(_ field: inout Field) -> String {
        withUnsafeBytes(of: &field) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
    }
}

extension Substring {
    fileprivate func dropPrefix(_ prefix: String) -> String? {
        hasPrefix(prefix) ? String(dropFirst(prefix.count)) : nil
    }
}
