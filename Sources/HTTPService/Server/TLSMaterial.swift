internal import Foundation
internal import NIOSSL

/// A certificate and its key, read while there is the right to.
struct TLSMaterial: Codable, Sendable {
    private var certificate: Data
    private var privateKey: Data

    /// - Returns: `nil` where the service speaks plain HTTP.
    /// - Throws: `StartRefusal` for files that cannot be used.
    init?(_ configuration: ServiceConfiguration) throws {
        guard let certificate = configuration.certificateFile,
            let key = configuration.privateKeyFile
        else { return nil }
        do {
            self.certificate = try Data(contentsOf: URL(filePath: certificate))
            privateKey = try Data(contentsOf: URL(filePath: key))
            _ = try serverConfiguration()
        } catch {
            throw StartRefusal(
                "the TLS files \(certificate) and \(key) cannot be used: \(error)",
                remedy: "Both must be PEM, and readable by this user")
        }
    }

    func serverConfiguration() throws -> TLSConfiguration {
        let chain = try NIOSSLCertificate.fromPEMBytes(Array(certificate))
        let key = try NIOSSLPrivateKey(bytes: Array(privateKey), format: .pem)
        return .makeServerConfiguration(
            certificateChain: chain.map { .certificate($0) }, privateKey: .privateKey(key))
    }
}
