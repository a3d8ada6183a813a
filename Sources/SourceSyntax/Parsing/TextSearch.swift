internal import Glibc

extension StringProtocol {
    /// Whether the bytes of `text` occur here. Preferred where this module is imported to the general
    /// search, which builds tables for each call and compares characters.
    package func contains(_ text: String) -> Bool {
        var text = text
        return text.withUTF8 { needle in
            if let found = utf8.withContiguousStorageIfAvailable({ Self.occurs(needle, in: $0) }) {
                return found
            }
            return Array(utf8).withUnsafeBufferPointer { Self.occurs(needle, in: $0) }
        }
    }

    private static func occurs(
        _ needle: UnsafeBufferPointer<UInt8>, in text: UnsafeBufferPointer<UInt8>
    ) -> Bool {
        guard let first = needle.first, let pattern = needle.baseAddress else { return true }
        guard let start = text.baseAddress else { return false }
        var offset = 0
        while text.count - offset >= needle.count {
            // SAFETY: both stay within their buffers; the last possible place is checked above.
            let room = text.count - offset - needle.count + 1
            guard let place = memchr(start + offset, CInt(first), room) else { return false }
            if memcmp(place, pattern, needle.count) == 0 { return true }
            offset = UnsafeRawPointer(place) - UnsafeRawPointer(start) + 1
        }
        return false
    }
}
