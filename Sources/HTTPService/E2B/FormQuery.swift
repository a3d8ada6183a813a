internal import Foundation
internal import Hummingbird

/// The query of an address, read as the form that clients write: `+` is a space.
struct FormQuery: Sendable {
    private var values: [String: String] = [:]

    init(_ request: Request) {
        for pair in (request.uri.query ?? "").split(separator: "&") {
            let parts = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            let name = Self.decode(parts[0])
            // The first counts: a second one cannot change what was checked.
            if values[name] == nil { values[name] = parts.count > 1 ? Self.decode(parts[1]) : "" }
        }
    }

    subscript(name: String) -> String? { values[name] }

    private static func decode(_ part: Substring) -> String {
        let text = part.replacing("+", with: " ")
        return String(text).removingPercentEncoding ?? String(text)
    }
}
