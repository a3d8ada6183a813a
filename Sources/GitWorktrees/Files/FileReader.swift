internal import Glibc

/// A regular file that is open for reading.
struct FileReader: ~Copyable {
    private let descriptor: CInt
    private let path: String
    /// lseek(2); glibc declares them for GNU sources only.
    private static let (seekData, seekHole): (CInt, CInt) = (3, 4)
    let status: stat

    /// Opens a file that `fstat` confirms to be regular: what lay there when it was looked at may
    /// be a FIFO by now, which is why the open does not block.
    init(_ name: [UInt8], in directory: borrowing DirectoryHandle) throws(GitError) {
        path = directory.path(of: name)
        let flags = O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC
        let descriptor = openat(directory.descriptor, CStringBytes.terminated(name), flags)
        guard descriptor >= 0 else { throw GitError.system("open", path) }
        var status = stat()
        guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
            close(descriptor)
            throw GitError(
                .refused, operation: "open", subject: path, reason: "it is not a regular file")
        }
        self.descriptor = descriptor
        self.status = status
    }

    deinit { close(descriptor) }

    /// Everything there is, up to the limit.
    func content(byteLimit: Int) throws(GitError) -> [UInt8] {
        guard status.st_size <= byteLimit else {
            throw GitError(
                .tooLarge, operation: "read", subject: path,
                reason: "it has \(status.st_size) bytes, the limit is \(byteLimit)",
                remedy: "Remove the file, or raise the limit")
        }
        var content: [UInt8] = []
        content.reserveCapacity(Int(status.st_size))
        try forEachChunk { chunk throws(GitError) in content += chunk }
        return content
    }

    func forEachChunk(
        _ body: (UnsafeRawBufferPointer) throws(GitError) -> Void
    ) throws(GitError) {
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 128 << 10, alignment: 16)
        defer { buffer.deallocate() }
        while true {
            let count = read(descriptor, buffer.baseAddress, buffer.count)
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { throw GitError.system("read", path) }
            if count == 0 { return }
            try body(UnsafeRawBufferPointer(rebasing: buffer[..<count]))
        }
    }

    /// What is not a hole, with its place in the file.
    func forEachDataChunk(
        _ body: (off_t, UnsafeRawBufferPointer) throws(GitError) -> Void
    ) throws(GitError) {
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 128 << 10, alignment: 16)
        defer { buffer.deallocate() }
        var offset: off_t = 0
        while true {
            let start = lseek(descriptor, offset, Self.seekData)
            if start < 0, errno == ENXIO { return }
            let end = start < 0 ? start : lseek(descriptor, start, Self.seekHole)
            guard start >= 0, end >= 0 else { throw GitError.system("read", path) }
            offset = start
            while offset < end {
                let wanted = min(buffer.count, end - offset)
                let count = pread(descriptor, buffer.baseAddress, wanted, offset)
                if count < 0, errno == EINTR { continue }
                guard count >= 0 else { throw GitError.system("read", path) }
                if count == 0 { return }
                try body(offset, UnsafeRawBufferPointer(rebasing: buffer[..<count]))
                offset += count
            }
        }
    }
}
