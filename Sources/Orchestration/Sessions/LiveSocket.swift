internal import Glibc
internal import JSONText
internal import Sandboxing

/// A blocking connection to a supervisor, for the few bytes that come with a descriptor.
enum LiveSocket {
    static func connect(_ path: String) throws -> CInt {
        let raw = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        guard raw >= 0 else { throw LiveFailure(.internal, "no socket can be made") }
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        let bytes = Array(path.utf8)
        guard bytes.count < MemoryLayout.size(ofValue: address.sun_path) else {
            close(raw)
            throw LiveFailure(.internal, "the path \(path) is too long for a socket")
        }
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: bytes) }
        let result = withUnsafePointer(to: address) { pointer in
            // SAFETY: every socket address begins as `sockaddr` does (socket(7)).
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                Glibc.connect(raw, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
        guard result == 0 else {
            close(raw)
            throw LiveFailure(.notFound, "the sandbox was not found")
        }
        return raw
    }

    static func json(_ bytes: ArraySlice<UInt8>) throws -> JSONValue {
        try JSONValue(parsing: bytes)
    }
}
