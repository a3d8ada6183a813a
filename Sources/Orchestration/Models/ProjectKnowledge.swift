internal import Foundation
package import PolicyFiles
internal import Repair
package import RunModel
package import RunStore

/// History, records and services of a project, for the tools of models.
package struct ProjectKnowledge: RepairKnowledge {
    private static let walkLimit = 400

    private let history: any HistoryReader
    private let trees: any TreeReader
    private let store: Store
    private let repository: String
    private let commit: String
    private let services: [String: ServiceSection]

    package init(
        history: any HistoryReader, trees: any TreeReader, store: Store, repository: String,
        commit: String, services: [String: ServiceSection]
    ) {
        self.history = history
        self.trees = trees
        self.store = store
        self.repository = repository
        self.commit = commit
        self.services = services
    }

    package func log(path: String?, limit: Int) async throws -> [String] {
        var lines: [String] = []
        var next: String? = commit
        for _ in 0..<Self.walkLimit {
            guard lines.count < limit, let id = next else { break }
            let summary = try await history.commit(id)
            next = summary.parents.first
            if let path {
                let own = try await trees.file(at: path, inTree: summary.tree)
                var before: TreeFile?
                if let next {
                    before = try await trees.file(
                        at: path, inTree: try await history.tree(ofCommit: next))
                }
                guard own != before else { continue }
            }
            let date = Date(timeIntervalSince1970: Double(summary.timeSeconds))
            let subject = summary.message.prefix { $0 != "\n" }
            lines.append(
                "\(id.prefix(12)) \(date.formatted(.iso8601)) \(summary.author): \(subject)")
        }
        return lines
    }

    package func testHistory(_ test: String) async throws -> [String] {
        var lines: [String] = []
        for incident in try await store.incidents() where incident.repository == repository {
            let story = try? await IncidentStory.load(incident.id, from: store)
            guard let state = story?.state, state.failingTests.contains(test) else { continue }
            let tried = state.attempts.map { "\($0.fixer): \($0.note)" }.joined(separator: "; ")
            lines.append(
                "\(incident.openedAt) \(state.triage?.class.rawValue ?? "no triage"), "
                    + "\(incident.status.rawValue)\(tried.isEmpty ? "" : ", tried \(tried)")")
        }
        return lines.suffix(50).reversed()
    }

    package func serviceStatus() async throws -> [String] {
        services.sorted { $0.key < $1.key }.map { name, service in
            "\(name): run `\(service.run)`, checked by `\(service.health)`"
                + (service.config.map { ", configured in \($0)" } ?? "")
        }
    }
}
