internal import Digests
internal import Foundation

/// Certificates as Java's own store (`JKS`, version 2), which every Java reads.
enum JavaTrustStore {
    /// Checked by Java, secret to nobody: the store holds public certificates only.
    static let password = "changeit"

    static func bytes(certificates: [[UInt8]]) -> [UInt8] {
        var writer = Writer()
        writer.add(UInt32(0xfeed_feed))
        writer.add(UInt32(2))
        writer.add(UInt32(certificates.count))
        for (index, certificate) in certificates.enumerated() {
            writer.add(UInt32(2))  // a trusted certificate
            writer.add("root\(index)")
            writer.add(UInt32(0))  // milliseconds since 1970, high and low: not looked at
            writer.add(UInt32(0))
            writer.add("X.509")
            writer.add(UInt32(certificate.count))
            writer.bytes += certificate
        }
        // The format's own checksum (sun.security.provider.JavaKeyStore.getPreKeyedHash).
        let keyed = password.utf16.flatMap { [UInt8($0 >> 8), UInt8($0 & 0xff)] }
        return writer.bytes
            + FormatDigest.sha1(keyed + Array("Mighty Aphrodite".utf8) + writer.bytes)
    }

    /// The certificates of a PEM bundle, as DER; what is no certificate is passed over.
    static func certificates(inPEM text: String) -> [[UInt8]] {
        text.components(separatedBy: "-----BEGIN CERTIFICATE-----").dropFirst().compactMap { part in
            guard let end = part.range(of: "-----END CERTIFICATE-----") else { return nil }
            return Data(
                base64Encoded: String(part[..<end.lowerBound]), options: .ignoreUnknownCharacters
            ).map(Array.init)
        }
    }

    private struct Writer {
        var bytes: [UInt8] = []

        mutating func add(_ value: UInt32) {
            bytes += [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: value >> $0) }
        }

        /// Modified UTF-8 of ASCII: a length of two bytes and the text.
        mutating func add(_ text: String) {
            bytes += [UInt8(text.utf8.count >> 8), UInt8(text.utf8.count & 0xff)] + text.utf8
        }
    }
}
