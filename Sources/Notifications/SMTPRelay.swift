/// Where mail is handed over, and how.
package struct SMTPRelay: Sendable {
    package enum Security: String, Sendable, CaseIterable {
        /// In the clear: for a relay on this machine, or on a network that is your own.
        case none
        /// Begun in the clear, then TLS (RFC 3207); a relay without it gets nothing.
        case startTLS = "starttls"
        /// TLS from the first byte (RFC 8314).
        case tls = "implicit"
    }

    package struct Login: Sendable {
        package var name: String
        package var password: String

        package init(name: String, password: String) {
            self.name = name
            self.password = password
        }
    }

    package var host: String
    package var port: Int
    package var security: Security
    package var login: Login?
    /// PEM files that are trusted beside the system's.
    package var authorityFiles: [String]

    /// - Throws: `NotificationError` for a password that would cross the network in the clear.
    package init(
        host: String, port: Int, security: Security = .none, login: Login? = nil,
        authorityFiles: [String] = []
    ) throws(NotificationError) {
        self.host = host
        self.port = port
        self.security = security
        self.login = login
        self.authorityFiles = authorityFiles
        let isHere = ["127.0.0.1", "localhost", "::1"].contains(host)
        guard login == nil || security != .none || isHere else {
            throw NotificationError(
                subject: name, reason: "its password would cross the network in the clear",
                remedy: "Set `tls: starttls` or `tls: implicit`")
        }
    }

    var name: String { "\(host):\(port)" }
}
