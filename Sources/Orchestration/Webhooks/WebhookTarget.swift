internal import Foundation
internal import Glibc

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

    /// Whether an address is one that anybody may reach (IANA's special-purpose registries,
    /// RFC 6890).
    static func isPublic(_ text: String) -> Bool {
        var four = in_addr()
        if inet_pton(AF_INET, text, &four) == 1 {
            return isPublic(four: UInt32(bigEndian: four.s_addr))
        }
        var six = in6_addr()
        guard inet_pton(AF_INET6, text, &six) == 1 else { return false }
        let bytes = withUnsafeBytes(of: &six) { Array($0) }
        // Global unicast only, without documentation, Teredo and 6to4, which hold other addresses.
        guard bytes[0] & 0xe0 == 0x20 else { return false }
        let start = Array(bytes.prefix(4))
        return !(start == [0x20, 0x01, 0x0d, 0xb8] || start == [0x20, 0x01, 0, 0]
            || Array(start.prefix(2)) == [0x20, 0x02])
    }

    private static func isPublic(four address: UInt32) -> Bool {
        let special: [(UInt32, UInt32)] = [
            (0x0000_0000, 8), (0x0a00_0000, 8), (0x6440_0000, 10), (0x7f00_0000, 8),
            (0xa9fe_0000, 16), (0xac10_0000, 12), (0xc000_0000, 24), (0xc000_0200, 24),
            (0xc058_6300, 24), (0xc0a8_0000, 16), (0xc612_0000, 15), (0xc633_6400, 24),
            (0xcb00_7100, 24), (0xe000_0000, 3),
        ]
        return !special.contains { address >> (32 - $0.1) == $0.0 >> (32 - $0.1) }
    }
}

/// Why nothing may be, or can be, sent to a webhook's address.
package struct WebhookTargetError: Error, Sendable, Equatable, CustomStringConvertible {
    package let description: String

    init(_ description: String) { self.description = description }
}
