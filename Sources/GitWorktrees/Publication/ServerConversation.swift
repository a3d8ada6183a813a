internal import CGit2

/// Answers what the library asks while it speaks with a server: who we are, and whether the server
/// is the one that was named.
final class ServerConversation {
    private let url: String
    private let access: ServerAccess
    private let place: ServerPlace?
    /// Why the conversation was broken off; the library knows only that it was.
    private(set) var failure: GitError?
    /// The library asks again after a refusal, without end.
    private var proofsShown = 0
    private static let proofsMax = 1

    init(url: String, access: ServerAccess) {
        self.url = url
        self.access = access
        place = ServerPlace(url: url)
        if let path = access.rootsPath, cgit2_set_certificate_roots(path) != 0 {
            failure = GitError(
                .refused, operation: "read certificates", subject: path,
                reason: "they are no PEM bundle", remedy: "Name a file of PEM certificates")
        }
    }

    /// Before each connection.
    func begin() { proofsShown = 0 }

    private func fail(_ reason: String, _ remedy: String) -> CInt {
        failure = GitError(
            .refused, operation: "connect", subject: url, reason: reason, remedy: remedy)
        return GIT_EUSER.rawValue
    }

    /// - Parameter asked: the URL that the library asks for.
    func credential(
        _ result: inout UnsafeMutablePointer<git_credential>?, url asked: String, hasUser: Bool,
        allowed: CUnsignedInt
    ) -> CInt {
        guard failure == nil else { return GIT_EUSER.rawValue }
        guard let place, let askedPlace = ServerPlace(url: asked), askedPlace == place else {
            return fail(
                "the server leads elsewhere, and \(access) is not for that",
                "Name the repository's own address")
        }
        if allowed & GIT_CREDENTIAL_USERNAME.rawValue != 0, !hasUser {
            return git_credential_username_new(&result, access.user)
        }
        proofsShown += 1
        guard proofsShown <= Self.proofsMax else {
            return fail("the server refuses \(access)", "Check the credential and its rights there")
        }
        switch access.proof {
        case .password(let password)
        where allowed & GIT_CREDENTIAL_USERPASS_PLAINTEXT.rawValue != 0 && !place.isSSH:
            return git_credential_userpass_plaintext_new(&result, access.user, password)
        case .key(let path, let passphrase)
        where allowed & GIT_CREDENTIAL_SSH_KEY.rawValue != 0 && place.isSSH:
            return git_credential_ssh_key_new(&result, access.user, nil, path, passphrase ?? "")
        case .password, .key:
            return fail(
                "the server does not take \(access)", "Allow that kind of proof on the server")
        }
    }

    /// - Parameter isValid: what the library thinks; of an SSH server's key it cannot know, as it
    ///   reads none of the user's files.
    func judge(_ certificate: UnsafeMutablePointer<git_cert>, isValid: Bool) -> CInt {
        guard failure == nil else { return GIT_EUSER.rawValue }
        guard certificate.pointee.cert_type == GIT_CERT_HOSTKEY_LIBSSH2 else {
            guard isValid else {
                return fail(
                    "the server's certificate is not one that this host trusts for this name",
                    "Add its authority to the host's certificates, or correct the address")
            }
            return 0
        }
        // SAFETY: the type says that the certificate is the first field of this structure.
        let key = UnsafeRawPointer(certificate).assumingMemoryBound(to: git_cert_hostkey.self)
        guard key.pointee.type.rawValue & GIT_CERT_SSH_RAW.rawValue != 0,
            let start = key.pointee.hostkey, let place
        else { return fail("the server showed no key", "Use another SSH server") }
        let bytes = UnsafeRawBufferPointer(start: start, count: key.pointee.hostkey_len)
        return judge(key: Array(bytes), of: place)
    }

    private func judge(key: [UInt8], of place: ServerPlace) -> CInt {
        let files = access.knownHosts.joined(separator: ", ")
        let verdict: KnownHosts.Verdict
        do throws(GitError) {
            verdict = try KnownHosts(files: access.knownHosts)
                .verdict(on: key, of: place.host, port: place.port)
        } catch {
            failure = error
            return GIT_EUSER.rawValue
        }
        let scan = "ssh-keyscan -p \(place.port) \(place.host)"
        switch verdict {
        case .known: return 0
        case .revoked:
            return fail("the server's key is revoked in \(files)", "Ask whoever runs the server")
        case .unknown:
            return fail(
                "no key of \(place.host) is known in \(files)",
                "Add it when you have checked it: \(scan)")
        case .anotherKey(let types):
            return fail(
                "the server showed another key than those known for it in \(files) "
                    + "(\(types.joined(separator: ", ")))",
                "Somebody may be listening. If the key is new, or of another type, check it and add "
                    + "it: \(scan)")
        }
    }
}
