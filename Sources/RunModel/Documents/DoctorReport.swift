/// The document `drydock.doctor/v1`: what this host can enforce, found out by doing it.
package struct DoctorReport: Codable, Sendable, Equatable {
    package var schema = "drydock.doctor/v1"
    package var version: String
    /// Whether a sandbox with every layer on can be had.
    package var isReady: Bool
    package var checks: [Check]

    package enum Status: String, Codable, Sendable, CaseIterable {
        case ok, degraded, missing
    }

    package init(version: String, isReady: Bool, checks: [Check]) {
        self.version = version
        self.isReady = isReady
        self.checks = checks
    }

    /// One thing that was tried.
    package struct Check: Codable, Sendable, Equatable {
        package var name: String
        package var status: Status
        /// What was found.
        package var detail: String
        /// What to do; empty when there is nothing to do.
        package var remedy: String

        package init(_ name: String, _ status: Status, _ detail: String, remedy: String = "") {
            self.name = name
            self.status = status
            self.detail = detail
            self.remedy = remedy
        }
    }

    package enum CodingKeys: String, CodingKey {
        case schema, version
        case isReady = "ready"
        case checks
    }
}
