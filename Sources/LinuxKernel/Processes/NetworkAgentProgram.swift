internal import CLinux
internal import Glibc

/// The program of `Sources/network-agent`, as whoever made a sandbox starts it and leads it into
/// the sandbox's network namespace.
///
/// It gets nothing of this process but its end of a channel. There it is told whose namespaces to
/// join and which sockets to make; it ends with the channel's last copy.
package enum NetworkAgentProgram {
    /// A channel: the first end is for the gateway, the second for the program.
    package static func channel() throws(SystemError) -> DescriptorPair {
        var pair: [Int32] = [-1, -1]
        try SystemCall.perform("socketpair") { lx_socketpair(&pair) }
        return DescriptorPair(
            first: OwnedDescriptor(owning: pair[0]), second: OwnedDescriptor(owning: pair[1]))
    }

    /// - Parameter channel: the program's end; stays the caller's.
    /// - Returns: a process to be reaped when it has ended by itself.
    package static func start(_ path: String, channel: Int32) throws(SystemError) -> Int32 {
        try HostProcess(path, environment: [:], input: .descriptor(channel)).release()
    }

    /// Says whose namespaces to join, by descriptor: a number may be another process's later. There
    /// is an answer only to what is asked afterwards.
    package static func join(_ process: Int32, channel: Int32) throws(SystemError) {
        let handle = OwnedDescriptor(
            owning: Int32(try SystemCall.perform("pidfd_open") { lx_pidfd_open(process) }))
        try sendMessage(
            request(operation: 5, address: [0, 0, 0, 0], port: 0), with: handle.raw, to: channel)
    }

    /// `struct request` of the program.
    package static func request(operation: UInt32, address: [UInt8], port: UInt16) -> [UInt8] {
        withUnsafeBytes(of: operation) { Array($0) } + address
            + [UInt8(port >> 8), UInt8(port & 0xff), 0, 0]
    }
}
