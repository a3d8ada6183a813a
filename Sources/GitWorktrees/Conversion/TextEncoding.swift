internal import Glibc

/// Encodings of `working-tree-encoding`, by iconv(3) as git does it.
enum TextEncoding {
    /// UTF-8 to the encoding; `nil` when the text or the encoding does not allow it.
    static func encode(_ bytes: [UInt8], to encoding: String) -> [UInt8]? {
        switch encoding.uppercased() {
        // Names of git's own: a byte order mark, then a fixed order.
        case "UTF-16LE-BOM":
            convert(bytes, from: "UTF-8", to: "UTF-16LE").map { [0xFF, 0xFE] + $0 }
        case "UTF-16BE-BOM":
            convert(bytes, from: "UTF-8", to: "UTF-16BE").map { [0xFE, 0xFF] + $0 }
        default: convert(bytes, from: "UTF-8", to: encoding)
        }
    }

    /// The encoding to UTF-8; `nil` when the bytes are not in that encoding.
    static func decode(_ bytes: [UInt8], from encoding: String) -> [UInt8]? {
        switch encoding.uppercased() {
        case "UTF-16LE-BOM", "UTF-16BE-BOM": convert(bytes, from: "UTF-16", to: "UTF-8")
        default: convert(bytes, from: encoding, to: "UTF-8")
        }
    }

    private static func convert(_ bytes: [UInt8], from: String, to: String) -> [UInt8]? {
        let converter = iconv_open(to, from)
        // iconv_open returns (iconv_t)-1 on failure.
        guard Int(bitPattern: converter) != -1 else { return nil }
        defer { iconv_close(converter) }
        var source = bytes.map { CChar(bitPattern: $0) }
        var result: [UInt8] = []
        var chunk = [CChar](repeating: 0, count: 32 << 10)
        let capacity = chunk.count
        let isWhole = source.withUnsafeMutableBufferPointer { input -> Bool in
            chunk.withUnsafeMutableBufferPointer { output -> Bool in
                var (next, left) = (input.baseAddress, input.count)
                while true {
                    var (target, room) = (output.baseAddress, capacity)
                    let isFinal = left == 0
                    // A last call without input writes what a stateful encoding still owes.
                    let outcome =
                        isFinal
                        ? iconv(converter, nil, nil, &target, &room)
                        : iconv(converter, &next, &left, &target, &room)
                    let failure = outcome == -1 ? errno : 0
                    result += output[..<(capacity - room)].map { UInt8(bitPattern: $0) }
                    guard failure == 0 || failure == E2BIG else { return false }
                    if isFinal, failure == 0 { return true }
                }
            }
        }
        return isWhole ? result : nil
    }
}
