internal import Glibc

/// This process's own output.
package enum StandardStreams {
    /// Writes all of it, unless the reader is gone.
    package static func write(_ bytes: ArraySlice<UInt8>, to descriptor: Int32) {
        var rest = bytes
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
            if count > 0 {
                rest = rest.dropFirst(count)
            } else if errno == EAGAIN {
                var entry = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
                poll(&entry, 1, 1000)
            } else if errno != EINTR {
                return
            }
        }
    }

    /// Makes terminal escapes visible instead of effective: an untrusted program must not set the
    /// title, write the clipboard (OSC 52) or answer for the user. Text passes unchanged.
    static func neutralised(_ bytes: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
        let isHarmful: (UInt8) -> Bool = { byte in
            byte == 0x7f || (byte < 0x20 && byte != 0x09 && byte != 0x0a && byte != 0x0d)
        }
        // C1 control characters are two bytes in UTF-8, the first of which is 0xc2.
        guard bytes.contains(where: { isHarmful($0) || $0 == 0xc2 }) else { return bytes }
        var result: [UInt8] = []
        var previous: UInt8 = 0
        for byte in bytes {
            if isHarmful(byte) {
                // The control picture of it: U+2400 and up, U+2421 for DEL.
                result += [0xe2, 0x90, byte == 0x7f ? 0xa1 : 0x80 + byte]
            } else if previous == 0xc2 && (0x80..<0xa0).contains(byte) {
                result.removeLast()
                result += "\u{FFFD}".utf8
            } else {
                result.append(byte)
            }
            previous = byte
        }
        return result[...]
    }
}
