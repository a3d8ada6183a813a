internal import Glibc

/// Small files of git's own, read whole.
enum FileContent {
    static func read(_ path: String, byteLimit: Int) throws(GitError) -> [UInt8] {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY)
        guard descriptor >= 0 else { throw failure("open", path) }
        defer { close(descriptor) }
        var content: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 64 << 10)
        while true {
            let count = Glibc.read(descriptor, &buffer, buffer.count)
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { throw failure("read", path) }
            if count == 0 { return content }
            content += buffer[..<count]
            guard content.count <= byteLimit else {
                throw GitError(
                    .tooLarge, operation: "read", subject: path,
                    reason: "it has more than \(byteLimit) bytes")
            }
        }
    }

    private static func failure(_ operation: String, _ path: String) -> GitError {
        GitError(
            .system, operation: operation, subject: path, reason: String(cString: strerror(errno)))
    }
}
