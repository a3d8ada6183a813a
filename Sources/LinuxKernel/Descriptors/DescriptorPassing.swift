internal import CLinux

/// One message of a Unix socket, with the descriptor that came along.
package struct ReceivedMessage: Sendable {
    package var bytes: [UInt8]
    /// The receiver's to close; close-on-exec.
    package var descriptor: CInt?
}

/// Receives one message with at most one descriptor (unix(7), `SCM_RIGHTS`); blocks.
///
/// - Returns: an empty message without descriptor at the end of the stream.
/// - Throws: the errno as it came.
package func receiveMessage(
    from socket: CInt, byteLimit: Int
) throws(ErrorNumber) -> ReceivedMessage {
    var bytes = [UInt8](repeating: 0, count: byteLimit)
    var count = 0
    var descriptor: CInt = -1
    let code = bytes.withUnsafeMutableBytes {
        lx_receive_descriptor(socket, $0.baseAddress, $0.count, &count, &descriptor)
    }
    guard code == 0 else { throw ErrorNumber(code) }
    return ReceivedMessage(
        bytes: Array(bytes[..<count]), descriptor: descriptor < 0 ? nil : descriptor)
}

/// A positive errno.
package struct ErrorNumber: Error, Sendable, Equatable, CustomStringConvertible {
    package var code: CInt

    package init(_ code: CInt) { self.code = code }

    package var description: String { "errno \(code)" }
}
