internal import Digests
internal import Foundation
internal import NIOCore
internal import NIOSSL
internal import RunModel
internal import SwiftASN1
internal import Synchronization
internal import X509

/// A certificate authority that lives as long as one run: only its sandbox trusts it, and its keys
/// are in this process's memory and nowhere else.
package final class RunAuthority: Sendable {
    package static let commonName = "Drydock run authority"

    /// The authority's own certificate.
    package let certificatePEM: String
    package let certificateDER: [UInt8]

    private let name: DistinguishedName
    private let key: Certificate.PrivateKey
    /// One key for all names: they are all the gateway.
    private let leafKey: Certificate.PrivateKey
    private let leafKeyPEM: String
    private let contexts = Mutex<[HostName: NIOSSLContext]>([:])

    /// More names than this get no certificate: a table that a workload can fill without end is a leak.
    private static let nameCapacity = 4096

    package init() throws {
        key = try Certificate.PrivateKey(pemEncoded: EphemeralKeys.p256PEM())
        leafKeyPEM = EphemeralKeys.p256PEM()
        leafKey = try Certificate.PrivateKey(pemEncoded: leafKeyPEM)
        name = try DistinguishedName { CommonName(Self.commonName) }
        let identifier = SubjectKeyIdentifier(hash: key.publicKey)
        let certificate = try Self.certificate(
            subject: name, publicKey: key.publicKey, issuer: name, signedBy: key,
            extensions: Certificate.Extensions {
                Critical(BasicConstraints.isCertificateAuthority(maxPathLength: 0))
                Critical(KeyUsage(keyCertSign: true, cRLSign: true))
                identifier
            })
        certificateDER = try Self.der(certificate)
        certificatePEM = try certificate.serializeAsPEM().pemString + "\n"
    }

    /// What the gateway answers with for `name`; made at first use.
    func serverContext(for name: HostName) throws -> NIOSSLContext {
        if let known = contexts.withLock({ $0[name] }) { return known }
        let subject = try DistinguishedName {
            // A common name has at most 64 characters (RFC 5280); the alternative name counts.
            CommonName(String(name.text.suffix(64)))
        }
        let leaf = try Self.certificate(
            subject: subject, publicKey: leafKey.publicKey, issuer: self.name, signedBy: key,
            extensions: Certificate.Extensions {
                Critical(BasicConstraints.notCertificateAuthority)
                Critical(KeyUsage(digitalSignature: true))
                try ExtendedKeyUsage([.serverAuth])
                SubjectAlternativeNames([.dnsName(name.text)])
                SubjectKeyIdentifier(hash: leafKey.publicKey)
                AuthorityKeyIdentifier(
                    keyIdentifier: SubjectKeyIdentifier(hash: key.publicKey).keyIdentifier)
            })
        var configuration = TLSConfiguration.makeServerConfiguration(
            certificateChain: [
                .certificate(try NIOSSLCertificate(bytes: Self.der(leaf), format: .der))
            ],
            privateKey: .privateKey(
                try NIOSSLPrivateKey(bytes: Array(leafKeyPEM.utf8), format: .pem)))
        configuration.minimumTLSVersion = .tlsv12
        // A peer that is gone without a word must not hold up the end of a run.
        configuration.shutdownTimeout = .milliseconds(100)
        // The one protocol that is read: HTTP/2 could name another authority in every stream.
        configuration.applicationProtocols = ["http/1.1"]
        let context = try NIOSSLContext(configuration: configuration)
        contexts.withLock { if $0.count < Self.nameCapacity { $0[name] = context } }
        return context
    }

    private static func der(_ certificate: Certificate) throws -> [UInt8] {
        var serializer = DER.Serializer()
        try serializer.serialize(certificate)
        return serializer.serializedBytes
    }

    private static func certificate(
        subject: DistinguishedName, publicKey: Certificate.PublicKey, issuer: DistinguishedName,
        signedBy key: Certificate.PrivateKey, extensions: Certificate.Extensions
    ) throws -> Certificate {
        let now = Date()
        return try Certificate(
            version: .v3, serialNumber: Certificate.SerialNumber(), publicKey: publicKey,
            // Longer than any run, and back a day for clocks that are moved inside.
            notValidBefore: now - 86_400, notValidAfter: now + 14 * 86_400, issuer: issuer,
            subject: subject, signatureAlgorithm: .ecdsaWithSHA256, extensions: extensions,
            issuerPrivateKey: key)
    }
}
