/// Where the verified branches of one repository go: a git server, and the proof that it is shown.
/// Only the operator's configuration has it: a repository does not choose who gets a credential.
package struct RemoteSection: Decodable, Sendable, Equatable {
    /// The root of the repository on this machine, as Drydock prints it.
    package var repository: String
    /// `https://HOST/PATH`, `ssh://USER@HOST/PATH` or `USER@HOST:PATH`, without a password.
    package var url: String
    /// Default: the one in an SSH URL, else `git`.
    package var user: String?
    /// For SSH: an OpenSSH private key that only its owner can read.
    package var keyFile: String?
    /// Names the file with the key's passphrase.
    package var passphraseFile: String?
    /// Files in OpenSSH's format of which one must have the server's key. Default: those of ssh(1).
    package var knownHosts: [String]?
    /// For HTTPS: names the file with the password or token.
    package var passwordFile: String?
    /// A PEM file of the authorities that the server is checked against. Default: the system's.
    package var authorities: String?

    package enum CodingKeys: String, CodingKey, CaseIterable {
        case repository, url, user, authorities
        case keyFile = "key_file"
        case passphraseFile = "passphrase_file"
        case knownHosts = "known_hosts"
        case passwordFile = "password_file"
    }

    package init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        func text(_ key: CodingKeys) throws -> String? {
            try container.decodeIfPresent(String.self, forKey: key)
        }
        func file(_ key: CodingKeys) throws -> String? {
            guard let path = try text(key) else { return nil }
            guard path.hasPrefix("/") else {
                throw DecodingError.dataCorruptedError(
                    forKey: key, in: container, debugDescription: "it is an absolute path")
            }
            return path
        }
        guard let repository = try file(.repository) else {
            throw DecodingError.keyNotFound(
                CodingKeys.repository,
                .init(codingPath: decoder.codingPath, debugDescription: "a remote has a repository")
            )
        }
        self.repository = repository
        url = try container.decode(String.self, forKey: .url)
        user = try text(.user)
        keyFile = try file(.keyFile)
        passphraseFile = try file(.passphraseFile)
        knownHosts = try container.decodeIfPresent([String].self, forKey: .knownHosts)
        passwordFile = try file(.passwordFile)
        authorities = try file(.authorities)
        let isHTTPS = url.hasPrefix("https://")
        let problem: String? =
            if (keyFile == nil) == (passwordFile == nil) {
                "a remote has either a key_file, for SSH, or a password_file, for HTTPS"
            } else if isHTTPS != (passwordFile != nil) {
                isHTTPS
                    ? "an https:// remote takes a password_file"
                    : "a key_file is for a remote by SSH: ssh://USER@HOST/PATH; a password_file is "
                        + "for https://HOST/PATH"
            } else if isHTTPS && (passphraseFile != nil || knownHosts != nil) {
                "passphrase_file and known_hosts are for SSH"
            } else if !isHTTPS && authorities != nil {
                "authorities are for https://; an SSH server's key is in known_hosts"
            } else {
                nil
            }
        if let problem {
            throw DecodingError.dataCorrupted(
                .init(codingPath: decoder.codingPath, debugDescription: problem))
        }
    }
}
