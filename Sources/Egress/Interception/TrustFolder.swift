internal import Foundation

/// What makes a sandbox trust the run's authority: files to be bound into it and variables that
/// name them. Public certificates only; removed with this value.
package final class TrustFolder: Sendable {
    /// Where the folder is, inside.
    package static let mountPoint = "/run/drydock/trust"

    private let folder: RunFolder
    /// On the host.
    package var path: String { folder.path }
    /// Host path to the place inside that it covers.
    package let binds: [(source: String, target: String)]
    /// Variables inside.
    package let environment: [String: String]

    /// - Parameters:
    ///   - authority: the run's own; `nil` where no TLS is opened and only the host's roots, which
    ///     are at another place than usual, are wanted.
    ///   - hostBundle: the host's roots; without them the sandbox trusts the run's authority alone,
    ///     which is all it can reach.
    ///   - hasJava: whether a Java store is worth making.
    package init(
        authority: RunAuthority?, hostBundle: String?, hasJava: Bool,
        below parent: String = NSTemporaryDirectory()
    ) throws {
        folder = try RunFolder("trust", mode: 0o755, below: parent)
        let path = folder.path
        let manager = FileManager.default
        let roots =
            try hostBundle.map { try String(contentsOfFile: $0, encoding: .utf8) } ?? ""
        let bundle = roots + (roots.hasSuffix("\n") || roots.isEmpty ? "" : "\n")
        let own = authority?.certificatePEM ?? ""
        try Self.write(bundle + own, to: path + "/ca-certificates.crt")
        try Self.write(own, to: path + "/run-authority.pem")
        var binds = [(source: path, target: Self.mountPoint)]
        var environment = Self.environment(bundle: Self.mountPoint + "/ca-certificates.crt")
        for place in ["/etc/ssl/certs/ca-certificates.crt", "/etc/pki/tls/certs/ca-bundle.crt"]
        where manager.fileExists(atPath: place) && place.hasPrefix("/etc/ssl/certs/") {
            binds.append((path + "/ca-certificates.crt", place))
        }
        if hasJava {
            let certificates =
                JavaTrustStore.certificates(inPEM: bundle)
                + [authority?.certificateDER].compactMap { $0 }
            let store = Data(JavaTrustStore.bytes(certificates: certificates))
            try store.write(to: URL(fileURLWithPath: path + "/cacerts.jks"))
            let place = "/etc/ssl/certs/java/cacerts"
            if manager.fileExists(atPath: place) { binds.append((path + "/cacerts.jks", place)) }
            environment["JAVA_TOOL_OPTIONS"] =
                "-Djavax.net.ssl.trustStore=\(Self.mountPoint)/cacerts.jks "
                + "-Djavax.net.ssl.trustStorePassword=\(JavaTrustStore.password) "
                + "-Djavax.net.ssl.trustStoreType=JKS"
        }
        self.binds = binds
        self.environment = environment
    }

    /// The variables by which clients find a bundle, each with who reads it.
    package static func environment(bundle: String) -> [String: String] {
        let names = [
            "SSL_CERT_FILE",  // OpenSSL, Go, Rust
            "REQUESTS_CA_BUNDLE",  // Python requests
            "PIP_CERT",  // pip
            "NODE_EXTRA_CA_CERTS",  // node, npm
            "GIT_SSL_CAINFO",  // git
            "CURL_CA_BUNDLE",  // curl
            "CARGO_HTTP_CAINFO",  // cargo
            "AWS_CA_BUNDLE",  // the AWS tools
            "GRPC_DEFAULT_SSL_ROOTS_FILE_PATH",  // gRPC
        ]
        return Dictionary(uniqueKeysWithValues: names.map { ($0, bundle) })
    }

    private static func write(_ text: String, to path: String) throws {
        guard
            FileManager.default.createFile(
                atPath: path, contents: Data(text.utf8), attributes: [.posixPermissions: 0o644])
        else { throw CocoaError(.fileWriteUnknown, userInfo: [NSFilePathErrorKey: path]) }
    }
}
