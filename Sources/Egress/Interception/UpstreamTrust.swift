internal import Foundation
internal import NIOCore
internal import NIOSSL
internal import Synchronization

/// Whom the gateway believes: the host's roots, strictly.
package struct UpstreamTrust: Sendable {
    /// The host's bundle; `nil` is the platform's own.
    package let bundlePath: String?

    /// - Parameter environment: of the gateway; `SSL_CERT_FILE` names the host's bundle.
    package init(environment: [String: String]) {
        let named = environment["SSL_CERT_FILE"]
        let places = [
            "/etc/ssl/certs/ca-certificates.crt", "/etc/pki/tls/certs/ca-bundle.crt",
            "/etc/ssl/cert.pem",
        ]
        bundlePath = ([named].compactMap { $0 } + places).first {
            FileManager.default.isReadableFile(atPath: $0)
        }
    }

    package init(bundlePath: String?) { self.bundlePath = bundlePath }

    /// Reading a bundle takes milliseconds: contexts are shared by all gateways of the process.
    private static let contexts = Mutex<[String: NIOSSLContext]>([:])

    /// Blocks on the disk at first use.
    func clientContext() throws -> NIOSSLContext {
        let identity = bundlePath.map { "\($0) \(Self.stamp($0))" } ?? "default"
        if let known = Self.contexts.withLock({ $0[identity] }) { return known }
        var configuration = TLSConfiguration.makeClientConfiguration()
        configuration.certificateVerification = .fullVerification
        configuration.minimumTLSVersion = .tlsv12
        // A peer that is gone without a word must not hold up the end of a run.
        configuration.shutdownTimeout = .milliseconds(100)
        configuration.applicationProtocols = ["http/1.1"]
        if let bundlePath { configuration.trustRoots = .file(bundlePath) }
        let context = try NIOSSLContext(configuration: configuration)
        Self.contexts.withLock { $0[identity] = context }
        return context
    }

    private static func stamp(_ path: String) -> String {
        let attributes = try? FileManager.default.attributesOfItem(atPath: path)
        let date = (attributes?[.modificationDate] as? Date)?.timeIntervalSince1970 ?? 0
        return "\(date) \(attributes?[.size] ?? 0)"
    }
}
