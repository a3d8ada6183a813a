internal import Foundation

/// A repository on a server.
package struct ForgeAddress: Codable, Sendable, Equatable {
    /// Such as `https://api.github.com`, without a slash at its end.
    package var api: String
    /// `owner/name`, or the path of a GitLab project below its groups.
    package var repository: String
    /// Where git finds it, such as `https://github.com/owner/name.git`.
    package var gitURL: String

    /// - Throws: `ForgeError` for anything but HTTPS, except to this machine itself: a token is
    ///   never sent in the clear.
    package init(api: String, repository: String, gitURL: String) throws(ForgeError) {
        for url in [api, gitURL] { try Self.requireSafe(url) }
        let parts = repository.split(separator: "/", omittingEmptySubsequences: false)
        let isName = parts.count >= 2 && parts.allSatisfy(Self.isNamePart)
        guard isName else {
            throw ForgeError(
                operation: "finding the repository", subject: repository,
                reason: "it is not OWNER/NAME")
        }
        self.api = api.hasSuffix("/") ? String(api.dropLast()) : api
        self.repository = repository
        self.gitURL = gitURL
    }

    var owner: String { String(repository.split(separator: "/")[0]) }

    /// Host and path of a remote in any of git's spellings: `https://host/o/r.git`,
    /// `ssh://git@host/o/r`, `git@host:o/r.git`. Credentials in it are left out.
    static func parse(remote: String) -> (host: String, path: String)? {
        var text = remote[...]
        if let scheme = text.range(of: "://") {
            guard ["https", "http", "ssh", "git"].contains(text[..<scheme.lowerBound]) else {
                return nil
            }
            text = text[scheme.upperBound...]
        } else if let colon = text.firstIndex(of: ":"), !text[..<colon].contains("/") {
            text = text[..<colon] + "/" + text[text.index(after: colon)...]
        } else {
            return nil
        }
        guard let slash = text.firstIndex(of: "/") else { return nil }
        let authority = text[..<slash].split(separator: "@").last ?? ""
        var path = String(text[text.index(after: slash)...])
        while path.hasSuffix("/") { path.removeLast() }
        if path.hasSuffix(".git") { path.removeLast(4) }
        while path.hasPrefix("/") { path.removeFirst() }
        return authority.isEmpty || path.isEmpty ? nil : (String(authority), path)
    }

    private static func isNamePart(_ part: Substring) -> Bool {
        !part.isEmpty && part != "." && part != ".."
            && part.utf8.allSatisfy { byte in
                (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte | 0x20)
                    || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
                    || [UInt8(ascii: "-"), UInt8(ascii: "_"), UInt8(ascii: ".")].contains(byte)
            }
    }

    private static func requireSafe(_ url: String) throws(ForgeError) {
        let parts = URLComponents(string: url)
        let isLoopback = ["127.0.0.1", "localhost", "::1", "[::1]"].contains(parts?.host ?? "")
        let isHTTP = parts?.scheme == "https" || (parts?.scheme == "http" && isLoopback)
        guard isHTTP, parts?.user == nil, parts?.password == nil else {
            throw ForgeError(
                operation: "finding the forge", subject: parts?.host ?? "its address",
                reason: "its address is not an https:// URL without credentials",
                remedy: "A token is only sent over HTTPS; name the token's file by its variable")
        }
    }
}
