/// A gzip member (RFC 1952) whose blocks are stored, not compressed: code scanning asks for the
/// container, and findings are a few kilobytes.
enum GzipStream {
    private static let blockBytesMax = 65_535

    static func stored(_ content: [UInt8]) -> [UInt8] {
        // No flags, no time, unknown system.
        var result: [UInt8] = [0x1F, 0x8B, 8, 0, 0, 0, 0, 0, 0, 255]
        var rest = content[...]
        repeat {
            let block = rest.prefix(blockBytesMax)
            rest = rest.dropFirst(blockBytesMax)
            let length = UInt16(block.count)
            result.append(rest.isEmpty ? 1 : 0)
            result += littleEndian(length) + littleEndian(~length)
            result += block
        } while !rest.isEmpty
        return result + littleEndian(checksum(content))
            + littleEndian(UInt32(truncatingIfNeeded: content.count))
    }

    /// CRC-32 as RFC 1952, section 8, has it.
    private static func checksum(_ content: [UInt8]) -> UInt32 {
        var crc: UInt32 = ~0
        for byte in content {
            crc = table[Int(UInt8(truncatingIfNeeded: crc) ^ byte)] ^ (crc >> 8)
        }
        return ~crc
    }

    private static let table: [UInt32] = (0..<256).map { index in
        (0..<8).reduce(UInt32(index)) { value, _ in
            value & 1 == 1 ? 0xEDB8_8320 ^ (value >> 1) : value >> 1
        }
    }

    private static func littleEndian<Value: FixedWidthInteger>(_ value: Value) -> [UInt8] {
        (0..<MemoryLayout<Value>.size).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) }
    }
}
