package import RunModel

/// What a job is asked to do. Which fields count depends on the kind; the edges refuse the others.
package struct JobRequest: Codable, Sendable, Equatable {
    package enum Kind: String, Codable, Sendable, CaseIterable {
        case run, test, gate, verify, triage, heal, submit
    }

    package var kind: Kind
    /// As its owner names it; found by the `RepositoryDirectory`.
    package var repository: String?
    package var session: String?
    package var revision: String?
    package var command: [String]?
    package var environment: [String: String]?
    package var standardInput: String?
    package var workingDirectory: String?
    package var network: String?
    package var profile: String?
    package var limits: ResourceLimits?
    package var base: String?
    package var head: String?
    package var good: String?
    package var bad: String?
    package var tests: [String]?
    package var repeats: Int?
    package var policy: String?
    package var title: String?
    package var isDryRun: Bool?
    /// Where a repair's pull request goes; only webhooks say so.
    package var forge: String?
    /// What a webhook said that is red or merged.
    package var event: CIEvent?
    /// The incident that a command in a comment, or a human's decision, is about.
    package var incident: String?

    package init(_ kind: Kind) { self.kind = kind }

    package enum CodingKeys: String, CodingKey {
        case kind, repository, session, revision, command, environment
        case standardInput = "stdin"
        case workingDirectory = "working_directory"
        case network, profile, limits, base, head, good, bad, tests, repeats, policy, title
        case isDryRun = "dry_run"
        case forge, event, incident
    }

    /// One line for lists.
    package var summary: String {
        if let title { return title }
        switch kind {
        case .run: return (command ?? []).joined(separator: " ")
        case .test: return "tests of session \(session ?? "")"
        case .gate, .verify:
            if let session { return "\(kind.rawValue) session \(session)" }
            return "\(kind.rawValue) \(base ?? "")..\(head ?? "")"
        case .triage: return "triage \(good ?? "")..\(bad ?? "")"
        case .heal where incident != nil: return "go on with incident \(incident ?? "")"
        case .heal: return "heal \(repository ?? "") at \(bad ?? "HEAD")"
        case .submit: return "submit session \(session ?? "")"
        }
    }
}

/// Finds the repositories that a tenant may name.
package protocol RepositoryDirectory: Sendable {
    /// - Returns: any path inside the repository.
    /// - Throws: `PortError` when there is none of that name.
    func path(ofRepository name: String, tenant: String) async throws -> String
    /// Whether who asks is the operator, who may name any file and any credential of their own.
    var isOperators: Bool { get }
}

extension RepositoryDirectory {
    package var isOperators: Bool { false }
}

/// For the user's own machine: repositories are named by their paths.
package struct LocalRepositories: RepositoryDirectory {
    package init() {}
    package var isOperators: Bool { true }
    package func path(ofRepository name: String, tenant: String) async throws -> String { name }
}
