internal import CGit2
internal import Glibc

/// What a remote may ask for. Held by the host's process alone: nothing of it is written, logged,
/// or visible in a sandbox.
package enum PushCredential: Sendable {
    case password(username: String, secret: String)
    case sshKey(username: String, privateKeyPath: String, passphrase: String)
}

extension RepositoryHandle {
    /// Pushes a branch to a remote of the same name there, never by force, and never to the
    /// remote's default branch.
    ///
    /// - Parameters:
    ///   - url: `file://`, `https://` or SSH. A plain path is a local bare repository.
    ///   - credential: asked when the remote asks; `nil` gives up.
    package func push(
        _ branch: ProposalBranch, to url: String,
        credential: @escaping (_ url: String, _ username: String?) -> PushCredential? = { _, _ in
            nil
        }
    ) throws(GitError) {
        try Self.push(branch, from: references.raw, to: url, credential: credential)
    }

    /// The same from any repository that has the branch.
    static func push(
        _ branch: ProposalBranch, from repository: OpaquePointer, to url: String,
        credential: @escaping (_ url: String, _ username: String?) -> PushCredential?
    ) throws(GitError) {
        let remote = try GitPointer("open remote", url, free: git_remote_free) {
            git_remote_create_anonymous(&$0, repository, url)
        }
        let exchange = PushExchange(credential)
        var callbacks = git_remote_callbacks()
        try LibGit2.check(
            git_remote_init_callbacks(&callbacks, UInt32(GIT_REMOTE_CALLBACKS_VERSION)), "push",
            url)
        callbacks.credentials = PushExchange.credentialCallback
        callbacks.push_update_reference = PushExchange.updateCallback
        callbacks.payload = Unmanaged.passUnretained(exchange).toOpaque()
        try withExtendedLifetime(exchange) { () throws(GitError) in
            // Only the side that serves fetches says which branch is the default.
            try connect(remote.raw, GIT_DIRECTION_FETCH, callbacks, url: url)
            try refuseDefaultBranch(branch, of: remote.raw, url: url)
            git_remote_disconnect(remote.raw)
            exchange.attempts = 0
            try connect(remote.raw, GIT_DIRECTION_PUSH, callbacks, url: url)
            defer { git_remote_disconnect(remote.raw) }
            try upload(branch, remote.raw, callbacks, url: url)
            if let rejection = exchange.rejection {
                throw GitError(
                    .refused, operation: "push \(branch)", subject: url, reason: rejection,
                    remedy: "Use another branch name, or look at the remote's rules")
            }
        }
    }

    private static func connect(
        _ remote: OpaquePointer, _ direction: git_direction, _ callbacks: git_remote_callbacks,
        url: String
    ) throws(GitError) {
        var callbacks = callbacks
        try LibGit2.check(
            git_remote_connect(remote, direction, &callbacks, nil, nil), "connect", url)
    }

    private static func upload(
        _ branch: ProposalBranch, _ remote: OpaquePointer, _ callbacks: git_remote_callbacks,
        url: String
    ) throws(GitError) {
        var options = git_push_options()
        try LibGit2.check(
            git_push_options_init(&options, UInt32(GIT_PUSH_OPTIONS_VERSION)), "push", url)
        options.callbacks = callbacks
        let text = strdup("\(branch.reference):\(branch.reference)")
        defer { free(text) }
        var strings = [text]
        let result = strings.withUnsafeMutableBufferPointer { buffer in
            var refspecs = git_strarray(strings: buffer.baseAddress, count: 1)
            return git_remote_push(remote, &refspecs, &options)
        }
        try LibGit2.check(result, "push \(branch)", url)
    }

    /// A remote may have made one of Drydock's branches its default.
    private static func refuseDefaultBranch(
        _ branch: ProposalBranch, of remote: OpaquePointer, url: String
    ) throws(GitError) {
        var name = git_buf()
        defer { git_buf_dispose(&name) }
        let result = git_remote_default_branch(&name, remote)
        if result == GIT_ENOTFOUND.rawValue {
            // A hosted repository would make the first branch its default; a local one keeps the
            // name that its HEAD has.
            if url.hasPrefix("/") || url.hasPrefix("file://") { return }
            throw GitError(
                .refused, operation: "push \(branch)", subject: url,
                reason: "the remote has no default branch yet: the first one pushed becomes it",
                remedy: "Push the main branch there first, by hand")
        }
        try LibGit2.check(result, "ask for the default branch", url)
        guard String(cString: name.ptr) != branch.reference else {
            throw GitError(
                .refused, operation: "push \(branch)", subject: url,
                reason: "it is the remote's default branch", remedy: "Use another branch name")
        }
    }
}

/// What libgit2 calls back for during a push.
private final class PushExchange {
    private let credential: (String, String?) -> PushCredential?
    var attempts = 0
    /// Why the remote did not take the branch.
    private(set) var rejection: String?

    init(_ credential: @escaping (String, String?) -> PushCredential?) {
        self.credential = credential
    }

    // SAFETY: the payload is the exchange that `push` keeps alive for as long as libgit2 may call.
    private static func exchange(_ payload: UnsafeMutableRawPointer?) -> PushExchange? {
        payload.map { Unmanaged<PushExchange>.fromOpaque($0).takeUnretainedValue() }
    }

    static let credentialCallback: git_credential_acquire_cb = {
        result, url, username, _, payload in
        guard let exchange = exchange(payload), let url else { return GIT_EAUTH.rawValue }
        exchange.attempts += 1
        // A credential that was refused once is refused again.
        guard exchange.attempts <= 2,
            let credential = exchange.credential(
                String(cString: url), username.map { String(cString: $0) })
        else { return GIT_EAUTH.rawValue }
        switch credential {
        case .password(let name, let secret):
            return git_credential_userpass_plaintext_new(result, name, secret)
        case .sshKey(let name, let path, let passphrase):
            return git_credential_ssh_key_new(result, name, nil, path, passphrase)
        }
    }

    static let updateCallback: git_push_update_reference_cb = { _, status, payload in
        if let status { exchange(payload)?.rejection = String(cString: status) }
        return 0
    }
}
