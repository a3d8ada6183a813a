/// The document `drydock.runs/v1`: what `drydock runs list` knows of.
package struct RunsListing: Codable, Sendable, Equatable {
    package var schema = "drydock.runs/v1"
    package var incidents: [Incident]
    package var runs: [Run]
    package var sessions: [Session]

    package init(incidents: [Incident], runs: [Run], sessions: [Session]) {
        self.incidents = incidents
        self.runs = runs
        self.sessions = sessions
    }

    /// One regression that is or was handled.
    package struct Incident: Codable, Sendable, Equatable {
        package var id: String
        package var repository: String
        /// Equal for what is the same regression.
        package var signature: String
        package var branch: String
        package var title: String
        package var status: String
        /// RFC 3339, UTC, as all times.
        package var openedAt: String
        package var updatedAt: String

        package init(
            id: String, repository: String, signature: String, branch: String, title: String,
            status: String, openedAt: String, updatedAt: String
        ) {
            self.id = id
            self.repository = repository
            self.signature = signature
            self.branch = branch
            self.title = title
            self.status = status
            self.openedAt = openedAt
            self.updatedAt = updatedAt
        }

        package enum CodingKeys: String, CodingKey {
            case id, repository, signature, branch, title, status
            case openedAt = "opened_at"
            case updatedAt = "updated_at"
        }
    }

    /// One verification, triage or reproduction.
    package struct Run: Codable, Sendable, Equatable {
        package enum State: String, Codable, Sendable, CaseIterable {
            case running, ended
            /// The process is gone without an end.
            case interrupted
        }

        package var id: String
        package var kind: String
        package var title: String
        package var state: State
        package var process: Int32?
        package var startedAt: String
        package var endedAt: String?

        package init(
            id: String, kind: String, title: String, state: State, process: Int32?,
            startedAt: String, endedAt: String?
        ) {
            self.id = id
            self.kind = kind
            self.title = title
            self.state = state
            self.process = process
            self.startedAt = startedAt
            self.endedAt = endedAt
        }

        package enum CodingKeys: String, CodingKey {
            case id, kind, title, state, process
            case startedAt = "started_at"
            case endedAt = "ended_at"
        }
    }

    /// One kept worktree.
    package struct Session: Codable, Sendable, Equatable {
        package var id: String
        /// The common directory of the repository.
        package var repository: String
        /// The tree beneath everything that was changed.
        package var base: String
        package var commit: String?
        package var lastUsedAt: String
        package var layers: Int
        package var snapshots: Int
        /// The process that runs in it.
        package var process: Int32?

        package init(
            id: String, repository: String, base: String, commit: String?, lastUsedAt: String,
            layers: Int, snapshots: Int, process: Int32?
        ) {
            self.id = id
            self.repository = repository
            self.base = base
            self.commit = commit
            self.lastUsedAt = lastUsedAt
            self.layers = layers
            self.snapshots = snapshots
            self.process = process
        }

        package enum CodingKeys: String, CodingKey {
            case id, repository, base, commit
            case lastUsedAt = "last_used_at"
            case layers, snapshots, process
        }
    }
}
