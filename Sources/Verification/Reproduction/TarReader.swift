internal import Digests
internal import Glibc

/// Reads a bundle that a stranger may have made: nothing is unpacked here, nothing is followed, and
/// every length is checked against what is really there before it is believed.
final class TarReader {
    private let path: String
    private let descriptor: Int32
    private let sizeBytes: Int
    private(set) var members: [Tar.Member] = []

    /// Larger bundles are refused before anything of them is read.
    static let sizeBytesMax = 4 << 30
    static let membersMax = 200_000
    private static let recordBytesMax = 64 << 10

    init(path: String) throws(ReproError) {
        self.path = path
        // Not blocking: a FIFO would wait for a writer for ever.
        descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard descriptor >= 0 else {
            sizeBytes = 0
            throw ReproError(
                path, "it cannot be read: \(String(cString: strerror(errno)))",
                remedy: "check the path")
        }
        var status = stat()
        guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
            sizeBytes = 0
            throw ReproError(path, "it is not a regular file", remedy: "name the bundle itself")
        }
        sizeBytes = Int(status.st_size)
        guard sizeBytes <= Self.sizeBytesMax else {
            throw ReproError(
                path, "it has \(sizeBytes >> 30) GiB", remedy: "bundles have at most 4 GiB")
        }
        try refuseCompressed()
        try readMembers()
    }

    deinit { if descriptor >= 0 { close(descriptor) } }

    func content(_ member: Tar.Member) throws(ReproError) -> [UInt8] {
        try read(at: member.offset, count: member.sizeBytes)
    }

    private func readMembers() throws(ReproError) {
        var offset = 0
        var names: Set<String> = []
        var zeros = 0
        var records: [String: String] = [:]
        var lastHeader = 0
        while offset < sizeBytes {
            guard offset + Tar.blockBytes <= sizeBytes else { throw truncated(offset) }
            let header = try read(at: offset, count: Tar.blockBytes)
            if header.allSatisfy({ $0 == 0 }) {
                zeros += 1
                offset += Tar.blockBytes
                continue
            }
            guard zeros == 0 else { throw refusal(offset, "something follows its end") }
            let block = try parse(header, at: offset)
            guard block.sizeBytes <= sizeBytes - offset - Tar.blockBytes else {
                throw truncated(offset)
            }
            let start = offset
            offset += Tar.blockBytes + block.sizeBytes + Tar.padding(block.sizeBytes)
            guard offset <= sizeBytes else { throw truncated(start) }
            if block.type == UInt8(ascii: "x") {
                guard records.isEmpty, block.sizeBytes <= Self.recordBytesMax else {
                    throw refusal(start, "it has extended headers that no bundle has")
                }
                let content = try read(at: start + Tar.blockBytes, count: block.sizeBytes)
                guard let found = Self.records(content), !found.isEmpty else {
                    throw refusal(start, "an extended header is damaged")
                }
                records = found
                lastHeader = start
                continue
            }
            if records.isEmpty { lastHeader = start }
            var member = Tar.Member(
                name: records["path"] ?? block.name, mode: block.mode, link: nil,
                offset: start + Tar.blockBytes, sizeBytes: block.sizeBytes)
            if block.type == UInt8(ascii: "2") {
                guard block.sizeBytes == 0 else { throw refusal(start, "a link has content") }
                member.link = records["linkpath"] ?? block.link
            }
            records = [:]
            guard Self.isSound(member.name), names.insert(member.name).inserted else {
                throw refusal(start, "the name '\(member.name.prefix(200))' is not acceptable")
            }
            guard members.count < Self.membersMax else {
                throw refusal(start, "it has more than \(Self.membersMax) members")
            }
            members.append(member)
        }
        guard zeros >= 2 else { throw truncated(sizeBytes) }
        try checkDigest(before: lastHeader)
    }

    /// The last member says what everything before it must hash to.
    private func checkDigest(before end: Int) throws(ReproError) {
        guard let last = members.last, last.name == BundleLayout.digest, last.sizeBytes == 65 else {
            throw ReproError(
                path, "it does not end with its digest",
                remedy: "it was cut off or is no bundle; get it again")
        }
        var digest = DigestBuilder()
        var offset = 0
        while offset < end {
            let chunk = try read(at: offset, count: min(1 << 20, end - offset))
            digest.add(chunk)
            offset += chunk.count
        }
        let stated = String(decoding: try content(last), as: UTF8.self)
        guard stated == digest.finish().hexadecimal + "\n" else {
            throw ReproError(
                path, "its content does not match its digest", remedy: "get it again")
        }
        members.removeLast()
    }

    private struct Block {
        var name: String
        var mode: UInt32
        var sizeBytes: Int
        var type: UInt8
        var link: String
    }

    private func parse(_ header: [UInt8], at offset: Int) throws(ReproError) -> Block {
        guard header[257..<262].elementsEqual("ustar".utf8),
            Self.octal(header[148..<156]) == Tar.checksum(header)
        else { throw refusal(offset, "this is no header of a tar archive") }
        guard let name = Self.text(header[0..<100]), let link = Self.text(header[157..<257]),
            let mode = Self.octal(header[100..<108]), let size = Self.octal(header[124..<136]),
            header[345] == 0
        else { throw refusal(offset, "a header has values that no bundle has") }
        let type = header[156]
        guard [UInt8(ascii: "0"), UInt8(ascii: "2"), UInt8(ascii: "x")].contains(type) else {
            throw refusal(offset, "it has a member that is neither a file nor a symbolic link")
        }
        return Block(
            name: name, mode: UInt32(mode & 0o777), sizeBytes: size, type: type, link: link)
    }

    private static func text(_ field: ArraySlice<UInt8>) -> String? {
        String(validating: field.prefix { $0 != 0 }, as: UTF8.self)
    }

    private static func octal(_ field: ArraySlice<UInt8>) -> Int? {
        let digits = field.prefix { $0 != 0 && $0 != 32 }
        guard !digits.isEmpty, digits.count <= 11 else { return nil }
        return Int(String(decoding: digits, as: UTF8.self), radix: 8).flatMap { $0 >= 0 ? $0 : nil }
    }

    /// `nil` for anything but `path` and `linkpath`, each once.
    private static func records(_ bytes: [UInt8]) -> [String: String]? {
        var records: [String: String] = [:]
        var rest = bytes[...]
        while !rest.isEmpty {
            let digits = rest.prefix { $0 != 32 }
            guard digits.count <= 6, let length = Int(String(decoding: digits, as: UTF8.self)),
                length > digits.count + 2, length <= rest.count,
                let line = String(
                    validating: rest.prefix(length).dropFirst(digits.count + 1), as: UTF8.self),
                line.last == "\n"
            else { return nil }
            rest = rest.dropFirst(length)
            let parts = line.dropLast().split(separator: "=", maxSplits: 1)
            guard parts.count == 2, ["path", "linkpath"].contains(parts[0]),
                records.updateValue(String(parts[1]), forKey: String(parts[0])) == nil
            else { return nil }
        }
        return records
    }

    /// Relative, without `.` and `..`, and short enough for any file system.
    private static func isSound(_ name: String) -> Bool {
        let parts = name.split(separator: "/", omittingEmptySubsequences: false)
        return name.utf8.count <= 4096 && !name.utf8.contains(0)
            && parts.allSatisfy { !["", ".", ".."].contains($0) && $0.utf8.count <= 255 }
    }

    private func refuseCompressed() throws(ReproError) {
        let start = try read(at: 0, count: min(6, sizeBytes))
        let kinds: [([UInt8], String)] = [
            ([0x1f, 0x8b], "gunzip"), ([0x28, 0xb5, 0x2f, 0xfd], "unzstd"),
            ([0xfd, 0x37, 0x7a, 0x58, 0x5a], "unxz"), ([0x50, 0x4b, 3, 4], "unzip"),
            ([0x42, 0x5a, 0x68], "bunzip2"),
        ]
        for (magic, tool) in kinds where start.starts(with: magic) {
            throw ReproError(
                path, "it is compressed, and compressed bundles are not read",
                remedy: "unpack it with \(tool), within a size that you choose")
        }
    }

    private func read(at offset: Int, count: Int) throws(ReproError) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(count)
        var chunk = [UInt8](repeating: 0, count: min(max(count, 1), 1 << 20))
        while bytes.count < count {
            let wanted = min(chunk.count, count - bytes.count)
            let got = pread(descriptor, &chunk, wanted, off_t(offset + bytes.count))
            if got < 0 && errno == EINTR { continue }
            guard got > 0 else { throw truncated(offset + bytes.count) }
            bytes += chunk[..<got]
        }
        return bytes
    }

    private func truncated(_ offset: Int) -> ReproError {
        ReproError(path, "it ends too early (at byte \(offset))", remedy: "get it again")
    }

    private func refusal(_ offset: Int, _ problem: String) -> ReproError {
        ReproError(
            path, "\(problem) (at byte \(offset))",
            remedy: "it is no bundle of Drydock's; get it again")
    }
}
