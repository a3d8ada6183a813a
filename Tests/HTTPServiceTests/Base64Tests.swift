import Foundation
import NIOCore
import Testing

@testable import HTTPService

@Suite struct Base64Tests {
    /// Of every length around the steps of the encoder, as Foundation has it.
    @Test func itIsBase64() {
        var bytes: [UInt8] = []
        for count in 0..<200 {
            var target = ByteBuffer()
            Base64.encode(ByteBuffer(bytes: bytes).readableBytesView, to: &target)
            let text = String(buffer: target)
            #expect(text == Data(bytes).base64EncodedString(), "\(count) bytes")
            #expect(Base64.decode(Array(text.utf8)) == bytes)
            bytes.append(UInt8.random(in: .min ... .max))
        }
    }
}
