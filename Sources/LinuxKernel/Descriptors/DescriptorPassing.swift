internal import CLinux

/// One message of a Unix socket, with the descriptor that came along.
package struct ReceivedMessage: Sendable {
    package var bytes: [UInt8]
    /// The receiver's to close; close-on-exec.
    package var descriptor: CInt?
}

/// Receives one message with at most one descriptor (unix(7), `SCM_RIGHTS`); waits.
///
/// - Returns: an empty message without descriptor at the end of the stream.
package func receiveMessage(
    from socket: CInt, byteLimit: Int
) throws(SystemError) -> ReceivedMessage {
    var bytes = [UInt8](repeating: 0, count: byteLimit)
    var count = 0
    var descriptor: CInt = -1
    try SystemCall.perform("recvmsg") {
        bytes.withUnsafeMutableBytes {
            lx_receive_descriptor(socket, $0.baseAddress, $0.count, &count, &descriptor)
        }
    }
    return ReceivedMessage(
        bytes: Array(bytes[..<count]), descriptor: descriptor < 0 ? nil : descriptor)
}
