internal import Foundation
internal import Glibc
internal import JSONText
internal import LinuxKernel
internal import NIOCore
internal import NIOPosix
internal import Sandboxing

/// Sockets into a sandbox's network.
extension LiveSandboxes {
    /// A connected socket to a port inside, which nobody else has.
    ///
    /// - Throws: `LiveFailure` with `unavailable` when nothing listens there.
    package func connect(_ identifier: String, port: Int) async throws -> CInt {
        let path = "\(directory)/\(identifier)/\(LivePlace.socketName)"
        return try await NIOThreadPool.singleton.runIfActive {
            try Self.connect(path, port: port)
        }
    }

    private static func connect(_ path: String, port: Int) throws -> CInt {
        try descriptor(
            path, .init(members: [("op", .string("socket")), ("port", .init(port))]),
            otherwise: "nothing listens on port \(port)")
    }

    /// A channel to an agent that makes sockets in the sandbox's network.
    static func networkAgent(_ path: String) throws -> CInt {
        try descriptor(
            path, .init(members: [("op", .string("network_agent"))]),
            otherwise: "there is no agent in the sandbox's network")
    }

    /// What a supervisor answers with a descriptor.
    private static func descriptor(
        _ path: String, _ message: JSONValue, otherwise reason: String
    ) throws -> CInt {
        let raw = try LiveSocket.connect(path)
        defer { close(raw) }
        let request = LiveFrame.encode(.request, message)
        guard write(raw, request, request.count) == request.count else {
            throw LiveFailure(.unavailable, "the sandbox does not answer")
        }
        let message = try receiveMessage(from: raw, byteLimit: 65536)
        if let descriptor = message.descriptor { return descriptor }
        guard message.bytes.count > 5, message.bytes[4] == LiveFrame.Kind.failure.rawValue else {
            throw LiveFailure(.unavailable, "the sandbox ended before it answered")
        }
        let value = try LiveSocket.json(message.bytes.dropFirst(5))
        throw LiveFailure(
            LiveFailure.Code(rawValue: value["code"]?.stringValue ?? "") ?? .unavailable,
            value["message"]?.stringValue ?? reason)
    }
}
