internal import Glibc
package import RunModel

/// The host's own resolver, `getaddrinfo(3)`, with whatever `/etc/nsswitch.conf` says.
package struct SystemResolver: NameResolver {
    package struct Failure: Error, Sendable, CustomStringConvertible {
        package var name: HostName
        package var reason: String
        package var description: String { "cannot resolve \(name): \(reason)" }
    }

    package init() {}

    package func addresses(of name: HostName) throws -> [IPAddress] {
        var hints = addrinfo()
        hints.ai_family = AF_UNSPEC
        hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
        hints.ai_flags = AI_ADDRCONFIG
        var list: UnsafeMutablePointer<addrinfo>?
        let code = getaddrinfo(name.text, nil, &hints, &list)
        guard code == 0, let first = list else {
            throw Failure(name: name, reason: String(cString: gai_strerror(code)))
        }
        defer { freeaddrinfo(first) }
        var addresses: [IPAddress] = []
        var next: UnsafeMutablePointer<addrinfo>? = first
        while let entry = next {
            if let address = Self.address(entry.pointee), !addresses.contains(address) {
                addresses.append(address)
            }
            next = entry.pointee.ai_next
        }
        return addresses
    }

    private static func address(_ entry: addrinfo) -> IPAddress? {
        guard let raw = UnsafeRawPointer(entry.ai_addr) else { return nil }
        switch entry.ai_family {
        case AF_INET:
            // After family and port: ip(7). By offset, as the members' module differs by build.
            return IPAddress(bytes: Array(UnsafeRawBufferPointer(start: raw + 4, count: 4)))
        case AF_INET6:
            // After family, port and flow: ipv6(7).
            return IPAddress(bytes: Array(UnsafeRawBufferPointer(start: raw + 8, count: 16)))
        default: return nil
        }
    }
}
