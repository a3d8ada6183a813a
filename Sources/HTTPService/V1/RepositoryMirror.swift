internal import Foundation
internal import HTTPTypes
internal import LinuxKernel

/// Mirrors of repositories, fetched by git over https from hosts that the operator allows, with
/// nothing of this machine's configuration, credentials or other protocols.
enum RepositoryMirror {
    private static let seconds = 300

    /// - Throws: `ServiceError` with 422 for a host that is not allowed: the service must not
    ///   become a way to reach what only it can reach.
    static func checked(_ text: String, state: ServiceState) throws -> String {
        guard let url = URL(string: text), url.scheme == "https", let host = url.host,
            url.user == nil, url.password == nil
        else { throw ServiceError.badRequest("url must be https://HOST/PATH, without credentials") }
        guard state.configuration.remoteHosts.contains(host) else {
            throw ServiceError(
                .unprocessableContent, code: "host_not_allowed",
                message: "the operator does not allow mirrors from \(host); it would be "
                    + "drydock serve --allow-remote \(host)")
        }
        return text
    }

    static func clone(_ url: String, to path: String) async throws {
        try FileManager.default.createDirectory(
            atPath: (path as NSString).deletingLastPathComponent,
            withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
        let making = path + ".making-" + RandomText.hexadecimal(bytes: 4)
        defer { try? FileManager.default.removeItem(atPath: making) }
        try await git(["clone", "--quiet", "--mirror", "--", url, making])
        try FileManager.default.moveItem(atPath: making, toPath: path)
    }

    static func fetch(_ path: String) async throws {
        try await git(["-C", path, "fetch", "--quiet", "--prune", "--no-recurse-submodules"])
    }

    private static func git(_ arguments: [String]) async throws {
        let process = try HostProcess(
            "/usr/bin/timeout",
            arguments: [
                "--kill-after=5", "\(seconds)", "git", "-c", "protocol.allow=never",
                "-c", "protocol.https.allow=always", "-c", "http.followRedirects=false",
                "-c", "core.hooksPath=/dev/null", "-c", "credential.helper=",
            ] + arguments,
            environment: [
                "PATH": "/usr/bin:/bin", "HOME": "/nonexistent", "GIT_CONFIG_NOSYSTEM": "1",
                "GIT_CONFIG_GLOBAL": "/dev/null", "GIT_TERMINAL_PROMPT": "0",
                "GIT_ASKPASS": "/bin/false",
            ])
        let identifier = process.release()
        let status = await withCheckedContinuation { continuation in
            Thread.detachNewThread { continuation.resume(returning: HostProcess.reap(identifier)) }
        }
        guard status == 0 else {
            throw ServiceError(
                .unprocessableContent, code: "fetch_failed",
                message: status == 124
                    ? "git did not end within \(seconds) s" : "git could not fetch it")
        }
    }
}
