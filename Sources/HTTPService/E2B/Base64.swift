internal import CBase64
internal import NIOCore

/// Base64 (RFC 4648) of whole buffers: output streams are made of little else.
enum Base64 {
    private static let alphabet = Array(
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)

    /// Two characters for every twelve bits.
    private static let pairs: [UInt16] = (0..<4096).map { bits in
        UInt16(alphabet[bits >> 6]) | UInt16(alphabet[bits & 63]) << 8
    }

    static func encodedBytes(_ count: Int) -> Int { (count + 2) / 3 * 4 }

    /// Appends the text of `bytes` to `target`.
    static func encode(_ bytes: ByteBufferView, to target: inout ByteBuffer) {
        let size = encodedBytes(bytes.count)
        target.writeWithUnsafeMutableBytes(minimumWritableBytes: size) { output in
            bytes.withUnsafeBytes { input in
                pairs.withUnsafeBufferPointer { pairs in encode(input, to: output, pairs) }
            }
            return size
        }
    }

    private static func encode(
        _ input: UnsafeRawBufferPointer, to output: UnsafeMutableRawBufferPointer,
        _ pairs: UnsafeBufferPointer<UInt16>
    ) {
        var place = base64_encode_groups(
            input.assumingMemoryBound(to: UInt8.self).baseAddress, input.count,
            output.assumingMemoryBound(to: UInt8.self).baseAddress)
        var target = place / 3 * 4
        while place + 3 <= input.count {
            let bits =
                Int(input[place]) << 16 | Int(input[place + 1]) << 8 | Int(input[place + 2])
            output.storeBytes(of: pairs[bits >> 12], toByteOffset: target, as: UInt16.self)
            output.storeBytes(of: pairs[bits & 4095], toByteOffset: target + 2, as: UInt16.self)
            place += 3
            target += 4
        }
        guard place < input.count else { return }
        let second = place + 1 < input.count ? Int(input[place + 1]) : 0
        let bits = Int(input[place]) << 16 | second << 8
        output.storeBytes(of: pairs[bits >> 12], toByteOffset: target, as: UInt16.self)
        output.storeBytes(of: pairs[bits & 4095], toByteOffset: target + 2, as: UInt16.self)
        output[target + 3] = UInt8(ascii: "=")
        if place + 1 == input.count { output[target + 2] = UInt8(ascii: "=") }
    }

    private static let values: [UInt8] = {
        var values = [UInt8](repeating: 255, count: 256)
        for (value, character) in alphabet.enumerated() { values[Int(character)] = UInt8(value) }
        // The alphabet for URLs is taken too, as protobuf's JSON mapping asks.
        values[Int(UInt8(ascii: "-"))] = 62
        values[Int(UInt8(ascii: "_"))] = 63
        return values
    }()

    /// `nil` for what is no base64; padding may be missing.
    static func decode(_ text: [UInt8]) -> [UInt8]? {
        var count = text.count
        while count > 0, text[count - 1] == UInt8(ascii: "=") { count -= 1 }
        guard text.count - count <= 2, count % 4 != 1 else { return nil }
        var bytes: [UInt8] = []
        bytes.reserveCapacity(count * 3 / 4)
        var (bits, held) = (0, 0)
        for character in text[..<count] {
            let value = values[Int(character)]
            guard value != 255 else { return nil }
            bits = bits << 6 | Int(value)
            held += 6
            if held >= 8 {
                held -= 8
                bytes.append(UInt8(truncatingIfNeeded: bits >> held))
            }
        }
        return bytes
    }
}
