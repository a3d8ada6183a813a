internal import Digests
internal import Foundation
internal import LinuxKernel

/// Mirrors of repositories that tenants make, wherever that is done.
package protocol MirrorWork: Sendable {
    /// - Throws: `MirrorError`, as the others.
    func clone(_ url: String, name: String, tenant: String) async throws
    func fetch(name: String, tenant: String) async throws
    func remove(name: String, tenant: String) async throws
}

package struct MirrorError: Error, Sendable, Codable, Equatable, CustomStringConvertible {
    package enum Kind: String, Sendable, Codable {
        case invalid, hostNotAllowed, exists, notFound, notFetched
    }

    package var kind: Kind
    package var description: String

    package init(_ kind: Kind, _ description: String) {
        self.kind = kind
        self.description = description
    }
}

/// Fetched by git over https from hosts that the operator allows, with nothing of this machine's
/// configuration, credentials or other protocols. `DIRECTORY/TENANT/NAME.git`.
package struct RepositoryMirrors: MirrorWork {
    private static let seconds = 300
    private let directory: String
    private let hosts: [String]

    /// - Parameter hosts: from which mirrors may be made.
    package init(directory: String, hosts: [String]) {
        self.directory = directory
        self.hosts = hosts
    }

    /// - Throws: `hostNotAllowed`: the service must not become a way to reach what only it can reach.
    private func checked(_ text: String) throws(MirrorError) -> String {
        guard let url = URL(string: text), url.scheme == "https", let host = url.host,
            url.user == nil, url.password == nil
        else { throw MirrorError(.invalid, "url must be https://HOST/PATH, without credentials") }
        guard hosts.contains(host) else {
            throw MirrorError(
                .hostNotAllowed,
                "the operator does not allow mirrors from \(host); it would be "
                    + "drydock serve --allow-remote \(host)")
        }
        return text
    }

    private func path(_ name: String, _ tenant: String) throws(MirrorError) -> String {
        guard JobPlan.isName(name), JobPlan.isName(tenant), name.utf8.count <= 63 else {
            throw MirrorError(.invalid, "name takes letters, digits, dots and dashes")
        }
        return "\(directory)/\(tenant)/\(name).git"
    }

    private func known(_ name: String, _ tenant: String) throws(MirrorError) -> String {
        let path = try self.path(name, tenant)
        guard FileManager.default.fileExists(atPath: path) else {
            throw MirrorError(.notFound, "there is no mirror \(name)")
        }
        return path
    }

    package func clone(_ url: String, name: String, tenant: String) async throws {
        let url = try checked(url)
        let path = try self.path(name, tenant)
        guard !FileManager.default.fileExists(atPath: path) else {
            throw MirrorError(.exists, "there is a repository \(name) already")
        }
        try FileManager.default.createDirectory(
            atPath: (path as NSString).deletingLastPathComponent,
            withIntermediateDirectories: true, attributes: [.posixPermissions: 0o755])
        let making =
            path + ".making-"
            + Hexadecimal.encode((0..<4).map { _ in UInt8.random(in: .min ... .max) })
        defer { try? FileManager.default.removeItem(atPath: making) }
        try await git(["clone", "--quiet", "--mirror", "--", url, making])
        try FileManager.default.moveItem(atPath: making, toPath: path)
    }

    package func fetch(name: String, tenant: String) async throws {
        let path = try known(name, tenant)
        try await git(["-C", path, "fetch", "--quiet", "--prune", "--no-recurse-submodules"])
    }

    package func remove(name: String, tenant: String) async throws {
        try FileManager.default.removeItem(atPath: try known(name, tenant))
    }

    private func git(_ arguments: [String]) async throws {
        let process = try HostProcess(
            "/usr/bin/timeout",
            arguments: [
                "--kill-after=5", "\(Self.seconds)", "git", "-c", "protocol.allow=never",
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
            throw MirrorError(
                .notFetched,
                status == 124
                    ? "git did not end within \(Self.seconds) s" : "git could not fetch it")
        }
    }
}
