internal import Foundation
internal import Glibc
internal import LinuxKernel
package import RunModel

/// A secret that the gateway puts into requests for named hosts. It is never printed: its
/// description is its name.
package struct EdgeCredential: Sendable, CustomStringConvertible {
    /// What is wrong with a credential; never says the secret.
    package struct Fault: Error, Sendable, CustomStringConvertible {
        package var name: String
        package var reason: String

        package init(name: String, reason: String) {
            self.name = name
            self.reason = reason
        }

        package var description: String { "credential \(name): \(reason)" }
    }

    package let name: String
    /// Names that may receive it.
    package let hosts: [EgressRule]
    /// In lowercase.
    let header: String
    let value: String
    /// Bytes that no answer may carry back into the sandbox.
    let secrets: [[UInt8]]

    package var description: String { "credential \(name)" }

    /// What the sandbox sees in its place.
    package var placeholder: String { "drydock-credential-" + name }

    /// - Parameters:
    ///   - hosts: as rules, exact or `*.` and a suffix; ports count only when spelled out.
    ///   - username: makes it basic authentication (RFC 7617), with the secret as the password.
    package init(
        name: String, hosts: [String], header: String = "authorization", prefix: String = "",
        username: String? = nil, secret: String
    ) throws(Fault) {
        func fault(_ reason: String) -> Fault { Fault(name: name, reason: reason) }
        guard CredentialName.isValid(name) else {
            throw fault("its name is not letters, digits, - and _")
        }
        guard !secret.isEmpty, secret.utf8.allSatisfy({ (33...126).contains($0) }) else {
            throw fault("its secret is empty or holds spaces or control characters")
        }
        guard HTTPHeadLines.isToken(Array(header.utf8)[...]),
            prefix.utf8.allSatisfy({ (32...126).contains($0) })
        else { throw fault("its header '\(header)' or prefix is no header of HTTP") }
        let framing = ["host", "content-length", "transfer-encoding", "connection"]
        guard !framing.contains(header.lowercased()) else {
            throw fault("the header \(header) is HTTP's own")
        }
        guard !hosts.isEmpty else { throw fault("it names no host; add hosts: [HOST]") }
        do throws(EgressRuleError) {
            var rules: [EgressRule] = []
            for host in hosts { rules.append(try EgressRule(entry: host)) }
            self.hosts = rules
        } catch { throw fault(error.description) }
        self.name = name
        self.header = header.lowercased()
        var secrets = [Array(secret.utf8)]
        if let username {
            let pair = Data("\(username):\(secret)".utf8).base64EncodedString()
            value = "Basic " + pair
            secrets.append(Array(pair.utf8))
        } else {
            value = prefix + secret
        }
        self.secrets = secrets
    }

    /// Whether this host may receive it.
    func serves(_ host: HostName, port: UInt16) -> Bool {
        hosts.contains { rule in
            rule.target.matches(host)
                && (rule.ports == EgressRule.standardPorts || rule.ports.contains(port))
        }
    }

    /// The first line of a file that nobody else may read.
    package static func secret(inFile path: String, name: String) throws(Fault) -> String {
        switch PrivateFile.read(path, byteLimit: 64 << 10) {
        case .refused(let reason):
            throw Fault(name: name, reason: "the file \(path) \(reason)")
        case .content(let bytes):
            return String(decoding: bytes.prefix { $0 != 10 && $0 != 13 }, as: UTF8.self)
        }
    }
}

/// Passes a stream on unless a secret is in it: what could be a secret's beginning is held back until
/// it is known not to be one.
struct SecretScanner {
    private let secrets: [[UInt8]]
    private let heldBytes: Int
    private var held: [UInt8] = []

    init(_ secrets: [[UInt8]]) {
        self.secrets = secrets
        heldBytes = max(0, (secrets.map(\.count).max() ?? 1) - 1)
    }

    /// - Returns: what may be passed on now; `nil` when a secret was found.
    mutating func pass(_ bytes: ArraySlice<UInt8>) -> ArraySlice<UInt8>? {
        let window = held + bytes
        guard !secrets.contains(where: { Self.contains($0, in: window) }) else { return nil }
        held = Array(window.suffix(heldBytes))
        return window.dropLast(heldBytes)
    }

    /// What was held back, at the stream's end.
    mutating func finish() -> ArraySlice<UInt8> {
        defer { held = [] }
        return held[...]
    }

    static func contains(_ secret: [UInt8], in bytes: [UInt8]) -> Bool {
        guard let first = secret.first, bytes.count >= secret.count else { return false }
        return bytes.withUnsafeBytes { bytes in
            secret.withUnsafeBytes { secret in
                guard let start = bytes.baseAddress, let wanted = secret.baseAddress else {
                    return false
                }
                var offset = 0
                let last = bytes.count - secret.count
                while offset <= last,
                    let found = memchr(start + offset, Int32(first), last - offset + 1)
                {
                    if memcmp(found, wanted, secret.count) == 0 { return true }
                    offset = UnsafeRawPointer(found) - start + 1
                }
                return false
            }
        }
    }
}
