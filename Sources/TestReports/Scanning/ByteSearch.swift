internal import Glibc

extension Span where Element == UInt8 {
    /// Where a byte stands next, at `start` or after it; by memchr, which looks at 32 bytes at a
    /// time.
    @inline(__always)
    func firstIndex(of byte: UInt8, from start: Int) -> Int? {
        // SAFETY: memchr reads `count - start` bytes from `start`, which are the buffer's own.
        withUnsafeBufferPointer { buffer in
            guard start < buffer.count, let base = UnsafeRawPointer(buffer.baseAddress),
                let found = memchr(base + start, CInt(byte), buffer.count - start)
            else { return nil }
            return UnsafeRawPointer(found) - base
        }
    }

    /// Whether both hold the same bytes.
    @inline(__always)
    func equals(_ other: Span<UInt8>) -> Bool {
        guard count == other.count else { return false }
        // SAFETY: memcmp reads `count` bytes of each, which are the buffers' own.
        return withUnsafeBufferPointer { left in
            other.withUnsafeBufferPointer { right in
                guard let left = left.baseAddress, let right = right.baseAddress else {
                    return true
                }
                return memcmp(left, right, count) == 0
            }
        }
    }
}

extension [UInt8] {
    /// A span's bytes.
    init(copying bytes: Span<UInt8>) {
        // SAFETY: the pointer is read within the closure only; the array copies it.
        self = bytes.withUnsafeBufferPointer { Array($0) }
    }

    /// Appends all of a span at once.
    @inline(__always)
    mutating func append(all bytes: Span<UInt8>) {
        // SAFETY: the pointer is read within the closure only; the array copies it.
        bytes.withUnsafeBufferPointer { append(contentsOf: $0) }
    }
}
