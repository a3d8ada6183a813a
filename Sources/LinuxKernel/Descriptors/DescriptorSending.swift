internal import CLinux

/// Sends bytes and one descriptor over a Unix socket (unix(7), `SCM_RIGHTS`); waits.
package func sendMessage(
    _ bytes: [UInt8], with descriptor: CInt, to socket: CInt
) throws(SystemError) {
    try SystemCall.perform("sendmsg") {
        lx_send_descriptor(socket, bytes, bytes.count, descriptor)
    }
}

/// The user id of the process at the other end of a Unix socket (`SO_PEERCRED`).
package func peerUser(of socket: CInt) throws(SystemError) -> UInt32 {
    UInt32(try SystemCall.perform("getsockopt(SO_PEERCRED)") { lx_peer_user(socket) })
}

extension OwnedDescriptor {
    /// Takes the next connection of a listening socket.
    package borrowing func accept(nonblocking: Bool) throws(SystemError) -> OwnedDescriptor {
        let listening = raw
        return OwnedDescriptor(
            owning: Int32(
                try SystemCall.perform("accept4") { lx_accept(listening, nonblocking ? 1 : 0) }))
    }

    /// Asks for a larger pipe; a smaller one is as good.
    package borrowing func enlargePipe(to bytes: Int32) {
        _ = lx_pipe_bytes(raw, bytes)
    }

    /// A file without a name, gone with its last descriptor.
    package static func unnamedFile(in directory: String) throws(SystemError) -> OwnedDescriptor {
        OwnedDescriptor(
            owning: Int32(
                try SystemCall.perform("open(O_TMPFILE)", directory) {
                    lx_unnamed_file(directory)
                }))
    }
}
