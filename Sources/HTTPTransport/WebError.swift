/// Why no answer came, or not all of it. Secrets of the request are taken out of every text.
package struct WebError: Error, Sendable, Equatable, CustomStringConvertible {
    package enum Kind: String, Sendable {
        case invalidRequest, unreachable, untrusted, timedOut, interrupted, tooLarge
        case redirected, proxy
    }

    package var kind: Kind
    /// Method and URL, without its query.
    package var subject: String
    package var reason: String
    package var remedy: String
    package var tries: Int

    package var description: String {
        let often = tries > 1 ? " after \(tries) tries" : ""
        return "\(subject) failed\(often): \(reason)" + (remedy.isEmpty ? "" : ". \(remedy)")
    }
}
