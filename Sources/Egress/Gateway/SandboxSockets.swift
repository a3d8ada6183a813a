package import RunModel

/// Makes sockets inside a sandbox's network namespace. Descriptors returned are the caller's.
package protocol SandboxSockets: Sendable {
    /// Brings the namespace up. Returns the device that receives what has no other route, or `nil`
    /// where the kernel has none: then such attempts are refused without a record.
    func setUp() throws -> RefusedDevice?
    /// A socket that sees UDP to the made-up block; the kernel refuses it.
    func watchLocal() throws -> CInt
    /// A listening socket.
    func bindTCP(_ address: [UInt8], port: UInt16) throws -> CInt
    func bindUDP(_ address: [UInt8], port: UInt16) throws -> CInt
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
