package import PolicyFiles
internal import Repair
package import RunModel
internal import TestReports
package import Verification

/// What Drydock knows of a project before it runs anything: its configuration, how its tests are
/// run, and what the operator lets it ask for. Read from one tree, which for a judged change is
/// the base's.
package struct ProjectContext: Sendable {
    package var configuration: ProjectConfiguration
    package var testCommand: TestCommand
    /// Steps whose results are cached layers below every run.
    package var setup: [SetupStep]
    package var limits: ResourceLimits
    /// As in `--net`.
    package var network: String

    /// - Parameters:
    ///   - repository: any path inside it. The operator's configuration names its root, in full: what
    ///     somebody typed, such as `.`, would be the name of every repository.
    ///   - path: a subproject's folder; empty for the root.
    /// - Throws: `PolicyFileError`, `WideningRefusal`, `ProjectError`, or what the reader throws.
    package static func load(
        tree: String, reader: any TreeReader, repository: String,
        operatorConfiguration: OperatorConfiguration, path: String = ""
    ) async throws -> ProjectContext {
        let files = try await reader.files(inTree: tree)
        var configuration = try await readConfiguration(files, reader)
        try check(configuration, files)
        let root = (try? HealSession.root(of: repository)) ?? repository
        if let refusal = operatorConfiguration.refusals(of: configuration, repository: root).first {
            throw refusal
        }
        let detected = try await detectRunners(files, reader, below: path)
        let subproject = configuration.projects?.first { $0.path == path }
        guard path.isEmpty || subproject != nil else {
            throw ProjectError.unknownProject(
                path, known: configuration.projects?.map(\.path) ?? [])
        }
        let test = subproject?.test ?? configuration.test
        var command = try testCommand(test, detected: detected)
        if let subproject {
            // A project's own run is meant from its own folder; the rest falls back to the root's.
            if subproject.test?.run != nil { command.workingDirectory = path }
            configuration.gate = subproject.gate ?? configuration.gate
            configuration.heal = subproject.heal ?? configuration.heal
            configuration.services = subproject.services
        }
        let limits = configuration.sandbox?.limits?.applied(to: .standard) ?? .standard
        let network = configuration.sandbox?.network?.text ?? "none"
        command.limits = limits
        command.network = network
        return ProjectContext(
            configuration: configuration, testCommand: command,
            setup: subproject?.setup ?? configuration.setup ?? [], limits: limits, network: network)
    }

    /// `drydock.yaml` of a tree; empty where there is none.
    package static func configuration(
        tree: String, reader: any TreeReader
    ) async throws -> ProjectConfiguration {
        try await readConfiguration(try await reader.files(inTree: tree), reader)
    }

    private static let configurationName = "drydock.yaml"

    private static func readConfiguration(
        _ files: [TreeFile], _ reader: any TreeReader
    ) async throws -> ProjectConfiguration {
        guard let file = files.first(where: { $0.path == configurationName }) else {
            return ProjectConfiguration()
        }
        guard file.mode == 0o100644 || file.mode == 0o100755 else {
            throw ProjectError.configurationIsNoFile
        }
        let bytes = try await reader.blob(file.blob, byteLimit: PolicyText.sizeBytesMax)
        return try ProjectConfiguration.read(PolicyText(name: configurationName, bytes: bytes))
    }

    /// What the file alone does not show: its folders are in the tree, its fixers are known.
    private static func check(
        _ configuration: ProjectConfiguration, _ files: [TreeFile]
    ) throws(PolicyFileError) {
        let projects = configuration.projects ?? []
        for (index, project) in projects.enumerated()
        where !files.contains(where: { $0.path.hasPrefix(project.path + "/") }) {
            throw PolicyFileError(
                file: configurationName, location: nil, entry: "projects[\(index)].path",
                problem: "there is no folder \"\(project.path.prefix(120))\" in this tree",
                remedy: "correct it, or take the project out")
        }
        let sections =
            [("heal", configuration.heal)]
            + projects.enumerated().map { ("projects[\($0.offset)].heal", $0.element.heal) }
        let known = FixerCatalog.all.map(\.name)
        for (entry, section) in sections {
            guard let wrong = section?.fixers?.first(where: { !known.contains($0) }) else {
                continue
            }
            throw PolicyFileError(
                file: configurationName, location: nil, entry: entry + ".fixers",
                problem: "there is no fixer \"\(wrong.prefix(60))\"; there are "
                    + known.joined(separator: ", "),
                remedy: nearestName(to: wrong, among: known).map { "did you mean \($0)?" }
                    ?? "external agents are named with --fixer alone")
        }
    }

    private static func detectRunners(
        _ files: [TreeFile], _ reader: any TreeReader, below path: String
    ) async throws -> [DetectedRunner] {
        let blobs = Dictionary(files.map { ($0.path, $0) }, uniquingKeysWith: { first, _ in first })
        var texts: [String: String] = [:]
        let own = files.map(\.path).filter { path.isEmpty || $0.hasPrefix(path + "/") }
        for name in RunnerCatalog.filesWorthReading(own) {
            guard let file = blobs[name], file.mode != 0o160000, file.mode != 0o120000 else {
                continue
            }
            // A manifest of megabytes tells nothing about its runner that a small one would not.
            guard let bytes = try? await reader.blob(file.blob, byteLimit: 1 << 20) else {
                continue
            }
            texts[name] = String(decoding: bytes, as: UTF8.self)
        }
        let project = ProjectTree(files: own, contents: texts)
        return path.isEmpty
            ? RunnerCatalog.detect(project) : RunnerCatalog.detect(project, below: path)
    }

    /// The configured command, with what was detected in place of what it leaves out.
    private static func testCommand(
        _ section: TestSection?, detected: [DetectedRunner]
    ) throws(ProjectError) -> TestCommand {
        guard let run = section?.run else {
            guard let first = detected.first else { throw .noTestCommand }
            return TestCommand(first)
        }
        let named = detected.first { run.contains($0.id) }
        var command: TestCommand
        if let runner = named ?? detected.first {
            command = TestCommand(runner)
        } else {
            command = TestCommand(runner: "custom", run: run, paths: PathPatterns([]))
        }
        command.run = run
        command.workingDirectory = ""
        command.select = section?.select
        if let reports = section?.reports { command.reports = reports }
        if let paths = section?.paths { command.paths = PathPatterns(paths) }
        return command
    }
}

/// Why a project cannot be worked on as it is.
package enum ProjectError: Error, Sendable, Equatable, CustomStringConvertible {
    case noTestCommand
    case configurationIsNoFile
    case unknownProject(String, known: [String])

    package var description: String {
        switch self {
        case .noTestCommand:
            "no test command was found by looking at the tree; say it in drydock.yaml:\n"
                + "version: 1\ntest: {run: \"make check\"}"
        case .configurationIsNoFile:
            "drydock.yaml is not a regular file in this tree; make it one"
        case .unknownProject(let path, let known):
            "drydock.yaml has no project '\(path)'; it has "
                + (known.isEmpty ? "none" : known.joined(separator: ", "))
        }
    }
}

extension NetworkRule {
    /// As `--net` and `CommandRequest.network` write it.
    var text: String {
        switch self {
        case .none: "none"
        case .loopback: "loopback"
        case .host: "host"
        case .allow(let hosts): "allow=" + hosts.joined(separator: ",")
        }
    }
}
