internal import Foundation

/// Reads a patch with a bound.
enum PatchInput {
    private static let sizeBytesMax = 256 << 20

    struct Failure: Error, CustomStringConvertible {
        let description: String
    }

    /// - Parameter path: `-` for standard input.
    static func read(_ path: String) throws -> [UInt8] {
        let handle: FileHandle
        if path == "-" {
            handle = .standardInput
        } else {
            guard let opened = FileHandle(forReadingAtPath: path) else {
                throw Failure(
                    description: "The patch \(path) cannot be read; check the path.")
            }
            handle = opened
        }
        var bytes: [UInt8] = []
        while let chunk = try handle.read(upToCount: 1 << 20), !chunk.isEmpty {
            bytes.append(contentsOf: chunk)
            guard bytes.count <= sizeBytesMax else {
                throw Failure(
                    description:
                        "The patch is larger than \(sizeBytesMax >> 20) MiB; commit it and use --head."
                )
            }
        }
        // The command before a pipe may have failed: that is no change that passes.
        guard bytes.contains(where: { $0 > 0x20 }) else {
            throw Failure(
                description:
                    "The patch is empty, so nothing can be judged; see whether what makes it failed."
            )
        }
        return bytes
    }
}
