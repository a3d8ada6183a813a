internal import Foundation
package import RunModel

/// The proxy by which the host itself reaches the network, from the variables that curl reads.
package struct HostProxy: Sendable, Equatable {
    /// What is wrong with a variable; a password in it is not repeated.
    package struct Fault: Error, Sendable, CustomStringConvertible {
        package var variable: String
        package var reason: String
        package var description: String { "\(variable): \(reason)" }
    }

    package struct Server: Sendable, Equatable {
        package let host: String
        package let port: UInt16
        /// `Proxy-Authorization`, from a user and a password in the URL.
        let authorization: String?
    }

    /// For TLS and for what is neither.
    package let forTunnels: Server?
    package let forPlainHTTP: Server?
    /// Names reached directly: suffixes without the leading dot; `*` is all.
    private let exceptions: [String]

    package init(environment: [String: String]) throws(Fault) {
        func server(_ names: [String]) throws(Fault) -> Server? {
            for name in names {
                guard let text = environment[name], !text.isEmpty else { continue }
                return try Self.server(text, name)
            }
            return nil
        }
        forTunnels = try server(["https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"])
        forPlainHTTP = try server(["http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"])
        exceptions = (environment["no_proxy"] ?? environment["NO_PROXY"] ?? "")
            .split(separator: ",")
            .map { $0.trimmingCharacters(in: .whitespaces).lowercased() }
            .map { $0.hasPrefix(".") ? String($0.dropFirst()) : $0 }
            .filter { !$0.isEmpty }
    }

    /// The proxy for one connection; `nil` goes directly.
    package func server(for name: HostName, isPlainHTTP: Bool) -> Server? {
        for exception in exceptions
        where exception == "*" || name.text == exception || name.text.hasSuffix("." + exception) {
            return nil
        }
        return isPlainHTTP ? forPlainHTTP : forTunnels
    }

    private static func server(_ text: String, _ variable: String) throws(Fault) -> Server {
        let url = text.contains("://") ? text : "http://" + text
        guard let parts = URLComponents(string: url), let host = parts.host, !host.isEmpty else {
            throw Fault(variable: variable, reason: "is no URL; write http://HOST:PORT")
        }
        guard parts.scheme == "http" else {
            throw Fault(
                variable: variable,
                reason: "names a proxy of kind \(parts.scheme ?? ""), only http:// is spoken here")
        }
        guard let port = UInt16(exactly: parts.port ?? 80), port > 0 else {
            throw Fault(variable: variable, reason: "names no port from 1 to 65535")
        }
        var authorization: String?
        if let user = parts.user {
            let pair = Data("\(user):\(parts.password ?? "")".utf8).base64EncodedString()
            authorization = "Basic " + pair
        }
        return Server(host: host, port: port, authorization: authorization)
    }
}
