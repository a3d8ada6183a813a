import Glibc
import LinuxKernel
import Testing

@Suite struct DescriptorPassingTests {
    private func pair() throws -> (CInt, CInt) {
        var pair: [CInt] = [-1, -1]
        try #require(socketpair(AF_UNIX, Int32(SOCK_SEQPACKET.rawValue), 0, &pair) == 0)
        return (pair[0], pair[1])
    }

    @Test func aMessageWithoutDescriptorHasNone() throws {
        let (sender, receiver) = try pair()
        defer { close(receiver) }
        #expect(send(sender, [1, 2, 3] as [UInt8], 3, 0) == 3)
        let message = try receiveMessage(from: receiver, byteLimit: 8)
        #expect(message.bytes == [1, 2, 3])
        #expect(message.descriptor == nil)
        close(sender)
        #expect(try receiveMessage(from: receiver, byteLimit: 8).bytes.isEmpty)
    }

    /// A message that does not fit is another protocol's: half of it is never taken for all.
    @Test func aMessageThatDoesNotFitIsRefused() throws {
        let (sender, receiver) = try pair()
        defer {
            close(sender)
            close(receiver)
        }
        #expect(send(sender, [UInt8](repeating: 7, count: 9), 9, 0) == 9)
        let error = #expect(throws: SystemError.self) {
            try receiveMessage(from: receiver, byteLimit: 8)
        }
        #expect(error?.errorNumber == EMSGSIZE)
    }
}
