internal import Digests
internal import Glibc

/// What OpenSSH's files of known hosts say about a server's key (sshd(8), SSH_KNOWN_HOSTS FILE
/// FORMAT): names, patterns and hashed names; `@revoked` keys; certificates are not understood and
/// vouch for nobody.
struct KnownHosts {
    enum Verdict: Equatable {
        case known
        case revoked
        /// - Parameter types: of the keys that are known for the host.
        case anotherKey(types: [String])
        case unknown
    }

    private struct Line {
        var isRevoked: Bool
        var patterns: [String]
        var type: String
        var key: String
    }

    private var lines: [Line] = []

    /// - Parameter files: absolute paths; those that are not there say nothing.
    init(files: [String]) throws(GitError) {
        for file in files where access(file, F_OK) == 0 {
            let text = String(
                decoding: try FileContent.read(file, byteLimit: 16 << 20), as: UTF8.self)
            lines += text.split(separator: "\n").compactMap { Self.line($0) }
        }
    }

    init(text: String) { lines = text.split(separator: "\n").compactMap { Self.line($0) } }

    private static func line(_ text: Substring) -> Line? {
        var words = text.split(whereSeparator: { $0 == " " || $0 == "\t" })[...]
        var isRevoked = false
        guard let first = words.first, !first.hasPrefix("#") else { return nil }
        if first.hasPrefix("@") {
            guard first == "@revoked" else { return nil }
            isRevoked = true
            words.removeFirst()
        }
        guard words.count >= 3 else { return nil }
        let fields = words.prefix(3).map(String.init)
        return Line(
            isRevoked: isRevoked, patterns: fields[0].split(separator: ",").map(String.init),
            type: fields[1], key: fields[2])
    }

    /// - Parameters:
    ///   - host: as in the URL.
    ///   - key: the public key as servers send it (RFC 4253, section 6.6).
    func verdict(on key: [UInt8], of host: String, port: UInt16) -> Verdict {
        let name = host.lowercased()
        let names = port == 22 ? [name] : ["[\(name)]:\(port)"]
        let encoded = Self.base64(key)
        var types: [String] = []
        var isKnown = false
        for line in lines {
            // A revoked key is nobody's, under whatever name.
            if line.isRevoked, line.key == encoded { return .revoked }
            guard !line.isRevoked, names.contains(where: { Self.matches($0, line.patterns) }) else {
                continue
            }
            isKnown = isKnown || line.key == encoded
            types.append(line.type)
        }
        if isKnown { return .known }
        return types.isEmpty ? .unknown : .anotherKey(types: Array(Set(types)).sorted())
    }

    private static func matches(_ name: String, _ patterns: [String]) -> Bool {
        var isMatching = false
        for pattern in patterns {
            if pattern.hasPrefix("|1|") {
                isMatching = isMatching || matchesHash(name, pattern)
                continue
            }
            let isNegated = pattern.hasPrefix("!")
            let text = (isNegated ? String(pattern.dropFirst()) : pattern).lowercased()
            guard fnmatch(escaped(text), name, 0) == 0 else { continue }
            if isNegated { return false }
            isMatching = true
        }
        return isMatching
    }

    /// OpenSSH knows `*` and `?` only; brackets belong to names with a port.
    private static func escaped(_ pattern: String) -> String {
        pattern.map { "[]\\".contains($0) ? "\\\($0)" : String($0) }.joined()
    }

    /// `|1|SALT|HMAC-SHA1 of the name`, both in base64.
    private static func matchesHash(_ name: String, _ pattern: String) -> Bool {
        let parts = pattern.dropFirst(3).split(separator: "|", omittingEmptySubsequences: false)
        guard parts.count == 2, let salt = bytes(base64: String(parts[0])) else { return false }
        return base64(FormatDigest.hmacSHA1(Array(name.utf8), key: salt)) == parts[1]
    }

    // MARK: Base64 (RFC 4648), without Foundation

    private static let alphabet = Array(
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)

    static func base64(_ bytes: [UInt8]) -> String {
        var text: [UInt8] = []
        for start in stride(from: 0, to: bytes.count, by: 3) {
            let group = bytes[start..<min(start + 3, bytes.count)]
            var value = group.reduce(UInt32(0)) { $0 << 8 | UInt32($1) }
            value <<= UInt32(3 - group.count) * 8
            for index in 0..<4 {
                let digit = alphabet[Int(value >> UInt32(18 - index * 6)) & 63]
                text.append(index <= group.count ? digit : UInt8(ascii: "="))
            }
        }
        return String(decoding: text, as: UTF8.self)
    }

    static func bytes(base64 text: String) -> [UInt8]? {
        var (value, bits): (UInt32, Int) = (0, 0)
        var bytes: [UInt8] = []
        for character in text.utf8 where character != UInt8(ascii: "=") {
            guard let digit = alphabet.firstIndex(of: character) else { return nil }
            value = value << 6 | UInt32(digit)
            bits += 6
            if bits >= 8 {
                bits -= 8
                bytes.append(UInt8(truncatingIfNeeded: value >> UInt32(bits)))
                value &= (1 << UInt32(bits)) - 1
            }
        }
        return bytes
    }
}
