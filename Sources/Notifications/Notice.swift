/// Something that people are to be told of, once.
package struct Notice: Codable, Sendable, Equatable {
    package enum Kind: String, Codable, Sendable, CaseIterable {
        case pullRequest = "pull_request"
        case escalated
        case budgetExhausted = "budget_exhausted"
        case awaitingApproval = "awaiting_approval"
    }

    package var schema = "drydock.notice/v1"
    package var kind: Kind
    package var incident: String
    package var repository: String
    package var title: String
    package var text: String
    /// Where to read on: the pull request or the ticket.
    package var url: String
    /// RFC 3339, UTC.
    package var time: String

    package init(
        kind: Kind, incident: String, repository: String, title: String, text: String, url: String,
        time: String
    ) {
        self.kind = kind
        self.incident = incident
        self.repository = repository
        self.title = title
        self.text = text
        self.url = url
        self.time = time
    }

    /// The same for the same news, however often it is sent: a process that was killed says it
    /// again, and receivers that know the number ignore it.
    package var delivery: String { "\(incident)-\(kind.rawValue)" }
}

/// A way to people.
package protocol NotificationChannel: Sendable {
    /// In messages about the channel; without secrets.
    var name: String { get }
    func send(_ notice: Notice) async throws
}

/// Sends a notice everywhere that wants its kind. One channel that fails keeps none of the others
/// from telling.
package struct Notifier: Sendable {
    private let routes: [(channel: any NotificationChannel, kinds: Set<Notice.Kind>)]

    package init(_ routes: [(channel: any NotificationChannel, kinds: Set<Notice.Kind>)]) {
        self.routes = routes
    }

    package var isEmpty: Bool { routes.isEmpty }

    /// - Returns: what could not be told, and why.
    package func send(_ notice: Notice) async -> [String] {
        await withTaskGroup(of: (Int, String?).self) { group in
            for (index, route) in routes.enumerated() where route.kinds.contains(notice.kind) {
                group.addTask {
                    do {
                        try await route.channel.send(notice)
                        return (index, nil)
                    } catch { return (index, "\(route.channel.name): \(error)") }
                }
            }
            var failures: [(Int, String)] = []
            for await case (let index, let failure?) in group { failures.append((index, failure)) }
            return failures.sorted { $0.0 < $1.0 }.map(\.1)
        }
    }
}

/// A channel could not be used, or refused.
package struct NotificationError: Error, Sendable, Equatable, CustomStringConvertible {
    package var subject: String
    package var reason: String
    package var remedy: String

    package init(subject: String, reason: String, remedy: String = "") {
        self.subject = subject
        self.reason = reason
        self.remedy = remedy
    }

    package var description: String {
        "\(subject): \(reason)" + (remedy.isEmpty ? "" : ". \(remedy)")
    }
}
