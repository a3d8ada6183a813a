internal import ArgumentParser
internal import Foundation
internal import Orchestration

/// `drydock init`: writes a commented `drydock.yaml` for what it finds.
struct InitCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "init", abstract: "Writes a commented drydock.yaml for what it finds.")

    @Option(help: "Any path inside the repository.")
    var repo = "."
    @Flag(help: "Replace a drydock.yaml that is there.")
    var force = false

    func run() async throws {
        let status: Int32
        do {
            let root = try HealSession.root(of: repo)
            let path = root + "/drydock.yaml"
            guard force || !FileManager.default.fileExists(atPath: path) else {
                throw ValidationError("\(path) is there already; --force replaces it.")
            }
            let text = try await HealSession.configurationDraft(repository: root)
            try Data(text.utf8).write(to: URL(filePath: path), options: .atomic)
            FileHandle.standardOutput.write(Data("wrote \(path)\n".utf8))
            status = 0
        } catch {
            FileHandle.standardError.write(Data("drydock init: \(error)\n".utf8))
            status = 2
        }
        throw ExitCode(status)
    }
}
