internal import Glibc

/// How a server is shown who asks. Held by the process that pushes and by no sandbox.
package struct ServerAccess: Sendable, CustomStringConvertible {
    package enum Proof: Sendable {
        /// For HTTPS: a password or token.
        case password(String)
        /// For SSH: an OpenSSH private key in a file that only its owner can read.
        case key(path: String, passphrase: String?)
    }

    package var user: String
    package var proof: Proof
    /// Files of the keys that SSH servers have, of which one must be the server's.
    package var knownHosts: [String]
    /// A PEM bundle of the roots that HTTPS servers are checked against, for the whole process; `nil`
    /// is the system's.
    package var rootsPath: String?

    /// - Parameter knownHosts: `nil` is what ssh(1) reads: the user's and the system's.
    package init(user: String, proof: Proof, knownHosts: [String]? = nil, rootsPath: String? = nil)
    {
        self.user = user
        self.proof = proof
        self.rootsPath = rootsPath
        let home = getenv("HOME").map { [String(cString: $0) + "/.ssh/known_hosts"] } ?? []
        self.knownHosts = knownHosts ?? home + ["/etc/ssh/ssh_known_hosts"]
    }

    /// The user that a URL names; `nil` where it names none.
    package static func user(inURL url: String) -> String? { ServerPlace(url: url)?.user }

    /// Says the kind and the user, never a secret.
    package var description: String {
        switch proof {
        case .password: "a password of \(user)"
        case .key(let path, _): "the key \(path) of \(user)"
        }
    }
}

/// The part of a remote's URL that decides whom a credential is for.
struct ServerPlace: Equatable {
    var isSSH: Bool
    var host: String
    var port: UInt16
    /// Whom the URL names; not part of the place.
    var user: String?

    static func == (left: Self, right: Self) -> Bool {
        (left.isSSH, left.host, left.port) == (right.isSSH, right.host, right.port)
    }

    /// Reads `https://HOST[:PORT]/PATH`, `ssh://[USER@]HOST[:PORT]/PATH` and `[USER@]HOST:PATH`.
    init?(url: String) {
        guard url.utf8.allSatisfy({ $0 > 32 && $0 < 127 }) else { return nil }
        let https = "https://"
        let ssh = "ssh://"
        let rest: Substring
        if url.hasPrefix(https) {
            (isSSH, port, rest) = (false, 443, url.dropFirst(https.count))
        } else if url.hasPrefix(ssh) {
            (isSSH, port, rest) = (true, 22, url.dropFirst(ssh.count))
        } else if !url.contains("://"), let colon = url.firstIndex(of: ":"),
            !url[..<colon].contains("/")
        {
            (isSSH, port, rest) = (true, 22, url[..<colon])
        } else {
            return nil
        }
        var authority = rest.prefix { $0 != "/" }
        if let at = authority.lastIndex(of: "@") {
            // A password in a URL ends in logs.
            guard isSSH, !authority[..<at].contains(":") else { return nil }
            user = String(authority[..<at])
            authority = authority[authority.index(after: at)...]
        }
        if let colon = authority.lastIndex(of: ":"), !authority.hasSuffix("]") {
            guard let number = UInt16(authority[authority.index(after: colon)...]), number > 0
            else { return nil }
            port = number
            authority = authority[..<colon]
        }
        if authority.hasPrefix("["), authority.hasSuffix("]") {
            authority = authority.dropFirst().dropLast()
        }
        guard !authority.isEmpty, !authority.hasPrefix("-") else { return nil }
        host = String(authority)
    }
}

extension PushDestination {
    /// Refuses a URL over which the credential must not go, before anything is connected to.
    func check() throws(GitError) {
        guard case .server(let url, let access) = self else { return }
        guard let place = ServerPlace(url: url) else {
            throw GitError(
                .refused, operation: "connect", subject: url,
                reason: "credentials go over HTTPS or SSH only, and are not part of a URL",
                remedy: "Write https://HOST/PATH or ssh://USER@HOST/PATH")
        }
        switch access.proof {
        case .password where !place.isSSH: return
        case .key(let path, _) where place.isSSH: return try Self.checkKey(path)
        case .password, .key:
            throw GitError(
                .refused, operation: "connect", subject: url,
                reason: "\(access) is no proof that this kind of server takes",
                remedy: place.isSSH ? "Name a key for SSH" : "Name a password or token for HTTPS")
        }
    }

    private static func checkKey(_ path: String) throws(GitError) {
        var status = stat()
        guard stat(path, &status) == 0 else { throw GitError.system("read key", path) }
        guard status.st_mode & 0o077 == 0, status.st_uid == geteuid() || status.st_uid == 0 else {
            throw GitError(
                .refused, operation: "read key", subject: path, reason: "others can read it",
                remedy: "chmod 600 '\(path)'")
        }
    }
}
