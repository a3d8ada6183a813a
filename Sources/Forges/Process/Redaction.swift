internal import Foundation

/// Takes secrets out of everything that leaves the process that knows them, whatever spelled them
/// out: a server that echoes a header, a log, an error.
package struct Redaction: Sendable {
    package static let mark = "[redacted]"

    private let secrets: [[UInt8]]

    /// - Parameter secrets: as they are; their base64 forms, also behind a user's name and a
    ///   colon, are found too.
    package init(secrets: [String], usernames: [String] = []) {
        var forms: Set<String> = []
        for secret in secrets where !secret.isEmpty {
            forms.insert(secret)
            forms.insert(Data(secret.utf8).base64EncodedString())
            for name in usernames {
                forms.insert(Data("\(name):\(secret)".utf8).base64EncodedString())
            }
        }
        // Longer ones first: one may be a part of another.
        self.secrets = forms.sorted { $0.utf8.count > $1.utf8.count }.map { Array($0.utf8) }
    }

    package func applied(to text: String) -> String {
        String(decoding: applied(to: Array(text.utf8)), as: UTF8.self)
    }

    func applied(to bytes: [UInt8]) -> [UInt8] {
        var result = bytes
        for secret in secrets {
            var rest = result[...]
            var clean: [UInt8] = []
            while let range = rest.firstRange(of: secret) {
                clean += rest[..<range.lowerBound]
                clean += Array(Self.mark.utf8)
                rest = rest[range.upperBound...]
            }
            if !clean.isEmpty { result = clean + rest }
        }
        return result
    }
}
