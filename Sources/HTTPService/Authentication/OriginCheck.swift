internal import Foundation
internal import HTTPTypes
internal import Hummingbird

/// A page of somebody else's, in a browser of a person who may reach the service, must not speak
/// to it: not by its own origin, and not by a name that it points here (DNS rebinding).
enum OriginCheck {
    static func check(_ request: Request, state: ServiceState) throws {
        guard let origin = request.headers[.origin] else { return }
        guard let authority = request.head.authority, let url = URL(string: origin),
            let host = url.host
        else { throw refused(origin) }
        let port = url.port.map { ":\($0)" } ?? ""
        guard "\(host)\(port)" == authority, isOwnName(authority, state) else {
            throw refused(origin)
        }
    }

    /// Names under which the service is meant to be reached: its address, `localhost`, and what the
    /// operator adds.
    static func isOwnName(_ authority: String, _ state: ServiceState) -> Bool {
        var host = authority
        if let colon = authority.lastIndex(of: ":"), !authority.hasSuffix("]") {
            host = String(authority[..<colon])
        }
        let configuration = state.configuration
        return ["localhost", "127.0.0.1", "[::1]", configuration.listen.host].contains(host)
            || configuration.publicNames.contains(host)
    }

    private static func refused(_ origin: String) -> ServiceError {
        ServiceError.forbidden("the origin \(origin) is not this service's")
    }
}
