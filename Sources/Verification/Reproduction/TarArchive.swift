internal import Digests
internal import Glibc

/// The part of the tar format (POSIX.1-2001, pax) that bundles use: regular files and symbolic
/// links, with a `path` or `linkpath` record where a name is too long for the header.
enum Tar {
    static let blockBytes = 512
    /// Longest name in a header's first field.
    static let nameBytes = 100

    struct Member: Sendable, Equatable {
        var name: String
        var mode: UInt32
        /// The target of a symbolic link.
        var link: String?
        /// Where the content is in the file.
        var offset: Int
        var sizeBytes: Int
    }

    /// Sum of all bytes of a header, its checksum field read as spaces.
    static func checksum(_ header: [UInt8]) -> Int {
        header.enumerated().reduce(0) { sum, entry in
            sum + ((148..<156).contains(entry.offset) ? 32 : Int(entry.element))
        }
    }

    static func padding(_ sizeBytes: Int) -> Int {
        (blockBytes - sizeBytes % blockBytes) % blockBytes
    }
}

/// Writes a bundle: beside its place, and renamed there when it is whole.
package struct TarWriter: ~Copyable {
    private let path: String
    private let partial: String
    private let descriptor: Int32
    private var digest = DigestBuilder()
    private var isDone = false

    package init(to path: String) throws(ReproError) {
        self.path = path
        partial = "\(path).\(getpid()).partial"
        descriptor = open(partial, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard descriptor >= 0 else { throw Self.failure(partial) }
    }

    deinit {
        close(descriptor)
        if !isDone { unlink(partial) }
    }

    /// - Parameter link: makes it a symbolic link, without content.
    package mutating func add(
        _ name: String, _ content: [UInt8], mode: UInt32 = 0o644, link: String? = nil
    ) throws(ReproError) {
        var records: [UInt8] = []
        if name.utf8.count > Tar.nameBytes { records += Self.record("path", name) }
        if let link, link.utf8.count > Tar.nameBytes { records += Self.record("linkpath", link) }
        if !records.isEmpty {
            try write(Self.header("pax", size: records.count, mode: 0o644, type: "x", link: ""))
            try writePadded(records)
        }
        try write(
            Self.header(
                name, size: content.count, mode: mode, type: link == nil ? "0" : "2",
                link: link ?? ""))
        try writePadded(content)
    }

    /// Adds the digest of everything before it, ends the archive, and puts it in its place.
    package mutating func finish() throws(ReproError) {
        let text = Array((digest.finish().hexadecimal + "\n").utf8)
        digest = DigestBuilder()
        try add(BundleLayout.digest, text)
        try write([UInt8](repeating: 0, count: 2 * Tar.blockBytes))
        guard fsync(descriptor) == 0, rename(partial, path) == 0 else { throw Self.failure(path) }
        isDone = true
    }

    private mutating func writePadded(_ bytes: [UInt8]) throws(ReproError) {
        try write(bytes)
        try write([UInt8](repeating: 0, count: Tar.padding(bytes.count)))
    }

    private mutating func write(_ bytes: [UInt8]) throws(ReproError) {
        digest.add(bytes)
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
            if count < 0 && errno == EINTR { continue }
            guard count > 0 else { throw Self.failure(partial) }
            rest = rest.dropFirst(count)
        }
    }

    private static func failure(_ path: String) -> ReproError {
        ReproError(
            path, "it cannot be written: \(String(cString: strerror(errno)))",
            remedy: "give --out a file in a directory that can be written to")
    }

    /// `LENGTH key=value\n`, where the length counts itself.
    private static func record(_ key: String, _ value: String) -> [UInt8] {
        let body = " \(key)=\(value)\n".utf8
        var length = body.count + 1
        while String(length).utf8.count + body.count != length {
            length = String(length).utf8.count + body.count
        }
        return Array("\(length)".utf8) + body
    }

    private static func header(
        _ name: String, size: Int, mode: UInt32, type: Character, link: String
    ) -> [UInt8] {
        var header = [UInt8](repeating: 0, count: Tar.blockBytes)
        func put(_ text: String, at offset: Int, limit: Int) {
            for (index, byte) in text.utf8.prefix(limit).enumerated() {
                header[offset + index] = byte
            }
        }
        func octal(_ value: Int, at offset: Int, digits: Int) {
            let text = String(value, radix: 8)
            put(
                String(repeating: "0", count: max(digits - text.count, 0)) + text, at: offset,
                limit: digits)
        }
        put(name, at: 0, limit: Tar.nameBytes)
        octal(Int(mode), at: 100, digits: 7)
        octal(0, at: 108, digits: 7)
        octal(0, at: 116, digits: 7)
        octal(size, at: 124, digits: 11)
        // No time: the same failure gives the same bytes.
        octal(0, at: 136, digits: 11)
        put(String(type), at: 156, limit: 1)
        put(link, at: 157, limit: Tar.nameBytes)
        put("ustar", at: 257, limit: 6)
        put("00", at: 263, limit: 2)
        octal(Tar.checksum(header), at: 148, digits: 6)
        header[155] = UInt8(ascii: " ")
        return header
    }
}
