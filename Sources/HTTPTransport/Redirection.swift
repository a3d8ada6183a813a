internal import Foundation

/// One request of a chain of redirections.
struct RequestHop {
    var method: WebRequest.Method
    var url: String
    var headers: [WebRequest.Header]
    var body: [UInt8]?

    init(_ request: WebRequest) {
        method = request.method
        url = request.url
        headers = request.headers
        body = request.body
    }

    /// The next one. Credentials stay behind where the origin is another, and nothing that was
    /// encrypted goes on in the clear.
    func redirected(
        to target: String, status: Int, _ failures: FailureText
    ) throws(WebError) -> RequestHop {
        guard let from = URL(string: url),
            let to = URL(string: target, relativeTo: from)?.absoluteURL,
            to.scheme == "https" || (to.scheme == "http" && from.scheme == "http")
        else {
            throw failures.error(.redirected, "it was redirected to what is not followed")
        }
        var next = self
        next.url = to.absoluteString
        let isSameOrigin = from.scheme == to.scheme && from.host == to.host && from.port == to.port
        if !isSameOrigin {
            next.headers.removeAll {
                WebRequest.secretHeaders.contains($0.name.lowercased())
            }
        }
        // RFC 9110, 15.4: a 303 is fetched; 301 and 302 of a POST are by common practice.
        if status == 303 || (status != 307 && status != 308 && method == .post) {
            next.method = .get
            next.body = nil
            next.headers.removeAll { $0.name.lowercased().hasPrefix("content-") }
        }
        return next
    }
}

extension WebHead {
    /// Where a 3xx answer points.
    var redirection: String? {
        [301, 302, 303, 307, 308].contains(status) ? header("location") : nil
    }
}

extension WebRequest.Header {
    /// RFC 9110, 5.5: no line breaks, no NUL, which would begin another header.
    var isWellFormed: Bool {
        !name.isEmpty
            && name.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7f && $0 != UInt8(ascii: ":") }
            && value.utf8.allSatisfy { ($0 >= 0x20 && $0 != 0x7f) || $0 == 0x09 }
    }
}
