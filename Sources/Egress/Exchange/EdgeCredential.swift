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

    /// How much of a path the credential's own prefix covers; of several credentials for a host the
    /// one that covers most is meant.
    func coverage(of path: String, host: HostName, port: UInt16) -> Int {
        hosts.filter { $0.matches(host, port: port) }.flatMap(\.pathPrefixes)
            .filter { path.hasPrefix($0) }.map(\.utf8.count).max() ?? 0
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

/// Passes a stream on unless a secret is in it. Where the last bytes are a secret's beginning, longer
/// than chance explains, they are held back until more is known; nothing else is, so that events and
/// messages arrive when they were sent.
struct SecretScanner {
    private let secrets: [[UInt8]]
    /// The last bytes of the stream, of which the last `heldCount` were not passed on.
    private var recent: [UInt8] = []
    private var heldCount = 0
    private let recentLimit: Int

    init(_ secrets: [[UInt8]]) {
        self.secrets = secrets
        recentLimit = max(0, (secrets.map(\.count).max() ?? 1) - 1)
    }

    /// - Returns: what may be passed on now; `nil` when a secret was found.
    mutating func pass(_ bytes: ArraySlice<UInt8>) -> ArraySlice<UInt8>? {
        let window = recent + bytes
        guard !secrets.contains(where: { Self.contains($0, in: window) }) else { return nil }
        let overlap = secrets.map { Self.overlap(of: window, with: $0) }.max() ?? 0
        let held = min(overlap, heldCount + bytes.count)
        let passed = window[(recent.count - heldCount)..<(window.count - held)]
        recent = Array(window.suffix(recentLimit))
        heldCount = held
        return passed
    }

    /// What was held back, at the stream's end.
    mutating func finish() -> ArraySlice<UInt8> {
        defer { (recent, heldCount) = ([], 0) }
        return recent.suffix(heldCount)
    }

    /// How many of the last bytes are the first ones of the secret; 0 where they are few.
    private static func overlap(of window: [UInt8], with secret: [UInt8]) -> Int {
        let longest = min(window.count, secret.count - 1)
        let shortest = max(1, min(8, secret.count / 2))
        guard longest >= shortest else { return 0 }
        return (shortest...longest).reversed()
            .first { window.suffix($0) == secret.prefix($0) } ?? 0
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
