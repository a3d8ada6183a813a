/// Every file of a cache entry: what a later tree can share, an index can be made from, and a
/// check can be held against.
struct TreeManifest {
    struct File: Equatable {
        var path: [UInt8]
        var mode: UInt32
        /// What git stores.
        var blob: ObjectID
        /// Git's hash of the bytes that lie in the checkout: another one where they were converted.
        var content: ObjectID
        var byteCount: Int
    }

    var files: [File] = []
    /// Submodules stay empty directories.
    var submodules: [[UInt8]] = []
    /// Files whose filter driver was not run, such as LFS pointers.
    var unfiltered: [[UInt8]] = []
    /// In a layer: what of the tree beneath is not in this one.
    var whiteouts: [[UInt8]] = []

    /// Records end in a zero byte, the only one that a path cannot have.
    var bytes: [UInt8] {
        var result: [UInt8] = []
        result.reserveCapacity(files.count * 96)
        func append(_ head: String, _ path: [UInt8]) {
            result += head.utf8
            result += path
            result.append(0)
        }
        for file in files {
            // Piece by piece: there may be hundreds of thousands.
            result += "F ".utf8
            result += String(file.mode, radix: 8).utf8
            result += " ".utf8
            result += file.blob.description.utf8
            result += (file.content == file.blob ? " -" : " \(file.content)").utf8
            append(" \(file.byteCount) ", file.path)
        }
        for path in submodules { append("S ", path) }
        for path in unfiltered { append("U ", path) }
        for path in whiteouts { append("W ", path) }
        return result
    }

    init() {}

    /// - Returns: `nil` for anything but a whole manifest.
    init?(bytes: [UInt8]) {
        guard bytes.isEmpty || bytes.last == 0 else { return nil }
        for record in bytes.split(separator: 0) {
            guard record.count > 2, record[record.startIndex + 1] == UInt8(ascii: " ") else {
                return nil
            }
            let rest = record.dropFirst(2)
            switch record.first {
            case UInt8(ascii: "F"):
                guard let file = Self.file(rest) else { return nil }
                files.append(file)
            case UInt8(ascii: "S"): submodules.append(Array(rest))
            case UInt8(ascii: "U"): unfiltered.append(Array(rest))
            case UInt8(ascii: "W"): whiteouts.append(Array(rest))
            default: return nil
            }
        }
    }

    private static func file(_ record: ArraySlice<UInt8>) -> File? {
        let fields = record.split(
            separator: UInt8(ascii: " "), maxSplits: 4, omittingEmptySubsequences: false)
        guard fields.count == 5 else { return nil }
        let texts = fields[..<4].map { String(decoding: $0, as: UTF8.self) }
        guard let mode = UInt32(texts[0], radix: 8), let blob = ObjectID(texts[1]),
            let size = Int(texts[3])
        else { return nil }
        guard let content = texts[2] == "-" ? blob : ObjectID(texts[2]) else { return nil }
        return File(
            path: Array(fields[4]), mode: mode, blob: blob, content: content, byteCount: size)
    }
}
