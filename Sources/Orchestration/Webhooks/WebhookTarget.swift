internal import Egress
internal import Foundation
internal import Glibc
internal import RunModel

/// Where a webhook may point: the service must not become a way to reach what only it can reach.
///
/// Names are resolved before each try, every address is judged, and the connection is made to the
/// one that was judged: a name that changes its mind in between changes nothing.
package struct WebhookTarget: Sendable, Equatable {
    package let url: String
    let host: String
    let port: Int
    /// Named by the operator: any address, also over plain HTTP.
    let isAllowedByName: Bool

    /// - Parameter allowed: `HOST` or `HOST:PORT`, as the operator names them.
    /// - Throws: `WebhookTargetError`
    package init(_ text: String, allowed: [String]) throws(WebhookTargetError) {
        guard let parts = URLComponents(string: text), let host = parts.host, !host.isEmpty,
            let scheme = parts.scheme, scheme == "https" || scheme == "http"
        else { throw WebhookTargetError("it must be https://HOST/PATH") }
        guard parts.user == nil, parts.password == nil else {
            throw WebhookTargetError("it has a user in it; what is sent is signed instead")
        }
        let port = parts.port ?? (scheme == "https" ? 443 : 80)
        url = text
        self.host = host.hasPrefix("[") ? String(host.dropFirst().dropLast()) : host
        self.port = port
        isAllowedByName = allowed.contains(host) || allowed.contains("\(host):\(port)")
        guard scheme == "https" || isAllowedByName else {
            throw WebhookTargetError(
                "it is not https; the operator can allow it: drydock serve --allow-webhook \(host)")
        }
    }

    /// The address to connect to.
    ///
    /// - Throws: `WebhookTargetError` when the name is not known, or any of its addresses is not one
    ///   of the public internet. Blocks.
    func address() throws(WebhookTargetError) -> String {
        let found = Self.addresses(of: host)
        guard let first = found.first else {
            throw WebhookTargetError("the name \(host) is not known")
        }
        guard !isAllowedByName else { return first }
        for address in found where !Self.isPublic(address) {
            throw WebhookTargetError(
                "\(host) is at \(address), which is not on the public internet; the operator can "
                    + "allow it: drydock serve --allow-webhook \(host)")
        }
        return first
    }

    private static func addresses(of host: String) -> [String] {
        var hints = addrinfo()
        hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
        var list: UnsafeMutablePointer<addrinfo>?
        guard getaddrinfo(host, nil, &hints, &list) == 0 else { return [] }
        defer { freeaddrinfo(list) }
        var found: [String] = []
        var entry = list
        while let current = entry {
            var text = [CChar](repeating: 0, count: Int(NI_MAXHOST))
            if getnameinfo(
                current.pointee.ai_addr, current.pointee.ai_addrlen, &text, socklen_t(text.count),
                nil, 0, NI_NUMERICHOST) == 0
            {
                found.append(
                    String(
                        decoding: text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) },
                        as: UTF8.self))
            }
            entry = current.pointee.ai_next
        }
        return found
    }

    static func isPublic(_ text: String) -> Bool {
        IPAddress(text).map { SpecialAddresses.kind(of: $0) == nil } ?? false
    }
}

/// Why nothing may be, or can be, sent to a webhook's address.
package struct WebhookTargetError: Error, Sendable, Equatable, CustomStringConvertible {
    package let description: String

    init(_ description: String) { self.description = description }
}
