internal import Glibc

/// C strings as bytes: names on Linux need not be text.
enum CStringBytes {
    static func bytes(_ text: UnsafePointer<CChar>?) -> [UInt8] {
        guard let text else { return [] }
        return Array(UnsafeRawBufferPointer(start: text, count: strlen(text)))
    }

    /// With the terminating zero, for a call that takes a C string.
    static func terminated(_ bytes: some Collection<UInt8>) -> [CChar] {
        var text: [CChar] = []
        text.reserveCapacity(bytes.count + 1)
        for byte in bytes { text.append(CChar(bitPattern: byte)) }
        text.append(0)
        return text
    }
}
