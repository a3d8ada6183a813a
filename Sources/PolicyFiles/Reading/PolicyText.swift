internal import Glibc

/// The bytes of a policy file, read with a bound: these files come from repositories nobody vetted.
package struct PolicyText: Sendable {
    /// The largest file that is read. The biggest policy shipped here has 40 KiB.
    package static let sizeBytesMax = 1 << 20

    /// The name that errors show.
    package var name: String
    package var text: String

    /// Takes bytes that were read elsewhere, such as a git blob.
    package init(name: String, bytes: some Collection<UInt8>) throws(PolicyFileError) {
        guard bytes.count <= Self.sizeBytesMax else { throw Self.tooLarge(name) }
        guard let text = String(validating: bytes, as: UTF8.self) else {
            throw PolicyFileError(
                file: name, location: nil, problem: "is not UTF-8 text",
                remedy: "save it as UTF-8, without a byte order mark of another encoding")
        }
        self.name = name
        self.text = text
    }

    /// Reads a regular file; a FIFO or a device would block or never end, so both are refused.
    package init(path: String) throws(PolicyFileError) {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard descriptor >= 0 else { throw Self.unreadable(path, errno) }
        defer { close(descriptor) }
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { throw Self.unreadable(path, errno) }
        guard status.st_mode & S_IFMT == S_IFREG else {
            throw PolicyFileError(
                file: path, location: nil, problem: "is not a regular file",
                remedy: "name the YAML file itself")
        }
        guard status.st_size <= Self.sizeBytesMax else { throw Self.tooLarge(path) }
        try self.init(name: path, bytes: Self.contents(of: descriptor, path: path))
    }

    /// Reads up to one byte over the bound: the file may grow after it was looked at.
    private static func contents(of descriptor: CInt, path: String) throws(PolicyFileError)
        -> [UInt8]
    {
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 64 << 10)
        while bytes.count <= sizeBytesMax {
            let count = read(descriptor, &chunk, chunk.count)
            if count < 0 && errno == EINTR { continue }
            guard count >= 0 else { throw unreadable(path, errno) }
            if count == 0 { break }
            bytes.append(contentsOf: chunk[..<count])
        }
        return bytes
    }

    private static func tooLarge(_ name: String) -> PolicyFileError {
        PolicyFileError(
            file: name, location: nil, problem: "is larger than \(sizeBytesMax >> 20) MiB",
            remedy: "a policy is a few kilobytes of YAML; is this the right file?")
    }

    private static func unreadable(_ path: String, _ code: CInt) -> PolicyFileError {
        PolicyFileError(
            file: path, location: nil,
            problem: "cannot be read: \(String(cString: strerror(code)))",
            remedy: code == ENOENT ? "check the path" : "make it readable for this user")
    }
}
