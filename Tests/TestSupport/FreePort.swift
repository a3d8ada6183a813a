import Foundation
import LinuxKernel

/// Ports on loopback.
package enum FreePort {
    /// A port for a server that cannot take a listening socket from its starter. It is below those
    /// that the kernel hands out by itself, so that nobody who asks for any port, and no connection
    /// that goes out, gets it before that server does.
    package static func next() throws -> Int {
        let range = try SmallFile.readText("/proc/sys/net/ipv4/ip_local_port_range")
        guard
            let handedOut = range.split(whereSeparator: \.isWhitespace).first.flatMap({ Int($0) }),
            handedOut > 11_000
        else { throw GitCommandLine.Failure(description: "no port is left of \(range)") }
        for _ in 0..<100 {
            let port = Int.random(in: 10_000..<handedOut)
            let listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
            defer { close(listener) }
            var place = address(port)
            let isBound = withUnsafeMutablePointer(to: &place) { pointer in
                pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                    bind(listener, $0, socklen_t(MemoryLayout<sockaddr_in>.size)) == 0
                }
            }
            if isBound { return port }
        }
        throw GitCommandLine.Failure(description: "no port is free")
    }

    package static func waitFor(_ port: Int) throws {
        for _ in 0..<250 {
            let client = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
            defer { close(client) }
            var place = address(port)
            let isThere = withUnsafeMutablePointer(to: &place) { pointer in
                pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                    connect(client, $0, socklen_t(MemoryLayout<sockaddr_in>.size)) == 0
                }
            }
            if isThere { return }
            usleep(20_000)
        }
        throw GitCommandLine.Failure(description: "nothing listens on \(port)")
    }

    private static func address(_ port: Int) -> sockaddr_in {
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = UInt16(port).bigEndian
        address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
        return address
    }
}
