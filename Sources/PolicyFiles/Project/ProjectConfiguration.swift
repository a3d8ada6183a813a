/// `drydock.yaml`: what a repository says about itself. Every part is optional.
///
/// Read it from the base revision when a change is judged, never from the head.
package struct ProjectConfiguration: Decodable, Sendable, Equatable {
    package var version: FormatVersion
    package var sandbox: SandboxSection?
    package var setup: [SetupStep]?
    package var test: TestSection?
    package var gate: GateSection?
    package var heal: HealSection?
    package var models: ProjectModelsSection?
    /// Services by name; each becomes the test `health:<name>`.
    package var services: [String: ServiceSection]?
    package var projects: [SubprojectSection]?
    package var observability: ObservabilitySection?

    package enum CodingKeys: String, CodingKey, CaseIterable {
        case version, sandbox, setup, test, gate, heal, models, services, projects, observability
    }

    /// The configuration of a repository without a `drydock.yaml`.
    package init() { version = FormatVersion() }

    /// Reads `drydock.yaml` as it is in some revision.
    package static func read(_ source: PolicyText) throws(PolicyFileError) -> ProjectConfiguration {
        let configuration: ProjectConfiguration = try PolicyDecoder.decode(from: source)
        try configuration.check(file: source.name)
        return configuration
    }

    /// What the types cannot say: each value is one that the loop can work with.
    private func check(file: String) throws(PolicyFileError) {
        var seen: Set<String> = []
        for (index, project) in (projects ?? []).enumerated() {
            let entry = "projects[\(index)].path"
            let parts = project.path.split(separator: "/", omittingEmptySubsequences: false)
            guard parts.allSatisfy({ !["", ".", ".."].contains($0) }) else {
                throw PolicyFileError(
                    file: file, location: nil, entry: entry,
                    problem: "\"\(project.path.prefix(120))\" is no folder of the repository",
                    remedy: "write it from the repository's root, such as services/billing")
            }
            guard seen.insert(project.path).inserted else {
                throw PolicyFileError(
                    file: file, location: nil, entry: entry,
                    problem: "\"\(project.path.prefix(120))\" is there twice",
                    remedy: "keep one of them")
            }
        }
        let sections =
            [("heal", heal)]
            + (projects ?? []).enumerated().map { ("projects[\($0.offset)].heal", $0.element.heal) }
        for (entry, section) in sections where section?.attempts == 0 {
            throw PolicyFileError(
                file: file, location: nil, entry: entry + ".attempts",
                problem: "is 0, and without an attempt nothing can be healed",
                remedy: "write 1 or more; heal runs only when somebody calls it")
        }
    }
}

/// The format's version: 1.
package struct FormatVersion: Decodable, Sendable, Equatable {
    package init() {}

    package init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        let number = try container.decode(Int.self)
        guard number == 1 else {
            throw DecodingError.dataCorruptedError(
                in: container,
                debugDescription: "version \(number) is not known to this Drydock: write version: 1"
            )
        }
    }
}

/// One command that prepares the environment; its result is a cached layer.
package struct SetupStep: Decodable, Sendable, Equatable {
    package var run: String
    /// Files of the tree that the command sees; the layer's key. Default: none.
    package var inputs: [String]?
    /// Default: `none`.
    package var network: NetworkRule?

    package enum CodingKeys: String, CodingKey, CaseIterable { case run, inputs, network }
}

/// How the tests are run. What is absent is found by looking at the tree.
package struct TestSection: Decodable, Sendable, Equatable {
    package var run: String?
    /// Runs chosen tests only; `{tests}` is replaced by their ids, quoted.
    package var select: String?
    /// File names beneath `$DRYDOCK_REPORTS`.
    package var reports: [String]?
    /// Globs of test files, restored from base before every verdict.
    package var paths: [String]?

    package enum CodingKeys: String, CodingKey, CaseIterable { case run, select, reports, paths }
}

/// How a change is judged.
package struct GateSection: Decodable, Sendable, Equatable {
    /// A shipped policy's name, or a path in the tree. Default: `default`.
    package var policy: String?
    /// Globs that a change may touch. Default: everything that the policy lets through.
    package var scope: [String]?

    package enum CodingKeys: String, CodingKey, CaseIterable { case policy, scope }
}

/// A service whose health is checked after a deploy.
package struct ServiceSection: Decodable, Sendable, Equatable {
    package var run: String
    package var config: String?
    package var health: String

    package enum CodingKeys: String, CodingKey, CaseIterable { case run, config, health }

    package init(run: String, config: String? = nil, health: String) {
        self.run = run
        self.config = config
        self.health = health
    }
}

/// One project of a monorepo.
package struct SubprojectSection: Decodable, Sendable, Equatable {
    /// Relative to the repository's root.
    package var path: String
    package var setup: [SetupStep]?
    package var test: TestSection?
    package var gate: GateSection?
    package var heal: HealSection?
    /// Run and asked in the project's folder.
    package var services: [String: ServiceSection]?

    package enum CodingKeys: String, CodingKey, CaseIterable {
        case path, setup, test, gate, heal, services
    }
}

/// Where traces and metrics go.
package struct ObservabilitySection: Decodable, Sendable, Equatable {
    package struct Exporter: Decodable, Sendable, Equatable {
        package var endpoint: String
        /// Of the service, which sends as it runs; the operator's. Default: 5s.
        package var interval: TimeSpan?

        package enum CodingKeys: String, CodingKey, CaseIterable { case endpoint, interval }
    }

    package enum Level: String, Decodable, Sendable, CaseIterable {
        case trace, debug, info, notice, warning, error
    }

    package var otlp: Exporter?
    /// Whether what models think aloud is in records and traces. The operator's "no" holds against
    /// a repository. Default: no.
    package var includeReasoning: Bool?
    /// The least of what the service logs; the operator's. Default: `info`.
    package var level: Level?

    package init() {}

    package enum CodingKeys: String, CodingKey, CaseIterable {
        case otlp
        case includeReasoning = "include_reasoning"
        case level
    }
}
