internal import Glibc

/// Reads small files of git's and of the cache's. What cannot be read is `nil`: the lookup then
/// leaves the case to the full tool, which says what is wrong.
enum SmallFile {
    /// - Parameter byteLimit: a longer file is `nil` too.
    static func text(_ path: String, byteLimit: Int = 4096) -> String? {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        var content: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: min(byteLimit + 1, 64 << 10))
        while true {
            let count = read(descriptor, &buffer, buffer.count)
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { return nil }
            if count == 0 { return String(decoding: content, as: UTF8.self) }
            content += buffer[..<count]
            guard content.count <= byteLimit else { return nil }
        }
    }

    static func firstLine(_ path: String) -> String? {
        text(path).flatMap { $0.split(separator: "\n").first.map(String.init) }
    }
}
