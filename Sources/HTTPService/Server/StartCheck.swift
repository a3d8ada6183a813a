internal import RunStore

/// Why the service does not start, and what would mend it.
package struct StartRefusal: Error, Sendable, Equatable, CustomStringConvertible {
    package var reason: String
    package var remedy: String

    package init(_ reason: String, remedy: String) {
        self.reason = reason
        self.remedy = remedy
    }

    package var description: String { "\(reason). \(remedy)" }
}

/// What must be so before anything listens.
enum StartCheck {
    static func check(_ configuration: ServiceConfiguration, keys: [ServiceKeyRecord]) throws {
        guard (configuration.certificateFile == nil) == (configuration.privateKeyFile == nil) else {
            throw StartRefusal(
                "TLS needs both a certificate and its key",
                remedy: "Give --tls-certificate FILE and --tls-key FILE")
        }
        guard !configuration.listen.isLoopback else { return }
        guard configuration.certificateFile != nil || configuration.isBehindProxy else {
            throw StartRefusal(
                "\(configuration.listen) is reachable from other machines, and keys would travel "
                    + "in the clear",
                remedy: "Give --tls-certificate and --tls-key, or --behind-proxy where a proxy "
                    + "ends TLS, or listen on 127.0.0.1")
        }
        guard keys.contains(where: { $0.revokedAt == nil }) else {
            throw StartRefusal(
                "\(configuration.listen) is reachable from other machines, and there is no key yet",
                remedy: "Make one: drydock keys create --data \(configuration.dataDirectory) "
                    + "--name NAME")
        }
    }
}
