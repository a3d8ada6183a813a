package import RunModel

/// Makes sockets inside a sandbox's network namespace. Descriptors returned are the caller's.
package protocol SandboxSockets: Sendable {
    /// Brings the namespace up, and makes what every sandbox has there.
    func enter() throws -> SandboxEntrance
    /// A listening socket.
    func bindTCP(_ address: [UInt8], port: UInt16) throws -> CInt
}

/// The sockets by which a sandbox's network begins: from now on what it sends waits in them. The
/// descriptors are the caller's.
package struct SandboxEntrance: Sendable {
    /// The device that receives what has no other route, or `nil` where the kernel has none: then
    /// such attempts are refused without a record.
    package var refused: RefusedDevice?
    /// Sees UDP to the made-up block, which the kernel refuses; `nil` where there is no such device.
    package var watch: CInt?
    /// Where names are asked for.
    package var resolver: CInt
    /// Where those connect who ask for a proxy.
    package var proxy: CInt
}

/// What receives packets that have no allowed destination. The descriptor is the caller's.
package struct RefusedDevice: Sendable {
    package var descriptor: CInt
    /// Whether each packet stands behind an Ethernet header.
    package var hasEthernetHeader: Bool
}

/// Resolves names on the host, where the real addresses are known.
package protocol NameResolver: Sendable {
    /// All addresses of a name, in the order in which they should be tried; blocking.
    func addresses(of name: HostName) throws -> [IPAddress]
}
