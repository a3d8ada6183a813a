internal import CZlib

/// Takes gzip (RFC 1952) apart as it comes, and never makes more of it at once than it is asked to.
final class GzipInflater {
    struct Failure: Error {}

    private var stream = z_stream()
    private var isOver = false
    private static let chunkBytes = 262_144

    init() throws {
        // 15 bits of window, and 16 for gzip's header.
        guard
            inflateInit2_(
                &stream, 15 + 16, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size)) == Z_OK
        else { throw Failure() }
    }

    deinit { inflateEnd(&stream) }

    /// Hands on what `bytes` hold.
    func write(
        _ bytes: [UInt8], to sink: (ArraySlice<UInt8>) async throws -> Void
    ) async throws {
        var place = 0
        while place < bytes.count {
            guard !isOver else { throw Failure() }
            var output = [UInt8](repeating: 0, count: Self.chunkBytes)
            let (taken, made) = try inflate(bytes[place...], into: &output)
            place += taken
            if made > 0 { try await sink(output[..<made]) }
            if taken == 0 && made == 0 && !isOver { throw Failure() }
        }
    }

    func finish() throws {
        guard isOver else { throw Failure() }
    }

    private func inflate(
        _ bytes: ArraySlice<UInt8>, into output: inout [UInt8]
    ) throws -> (taken: Int, made: Int) {
        try bytes.withUnsafeBytes { input in
            try output.withUnsafeMutableBytes { target in
                stream.next_in = UnsafeMutablePointer(
                    mutating: input.bindMemory(to: UInt8.self).baseAddress)
                stream.avail_in = UInt32(input.count)
                stream.next_out = target.bindMemory(to: UInt8.self).baseAddress
                stream.avail_out = UInt32(target.count)
                let result = CZlib.inflate(&stream, Z_NO_FLUSH)
                guard result == Z_OK || result == Z_STREAM_END || result == Z_BUF_ERROR else {
                    throw Failure()
                }
                isOver = result == Z_STREAM_END
                return (input.count - Int(stream.avail_in), target.count - Int(stream.avail_out))
            }
        }
    }
}
