/// What is sent, and how often it may be.
package struct WebRequest: Sendable {
    package enum Method: String, Sendable {
        case get = "GET"
        case head = "HEAD"
        case post = "POST"
        case put = "PUT"
        case patch = "PATCH"
        case delete = "DELETE"
    }

    package struct Header: Sendable, Equatable {
        package var name: String
        package var value: String

        package init(name: String, value: String) {
            self.name = name
            self.value = value
        }
    }

    package var method: Method
    /// An absolute http or https URL without user and password.
    package var url: String
    package var headers: [Header] = []
    package var body: [UInt8]?
    /// The whole exchange, retries and body included.
    package var timeoutMilliseconds = 60_000
    /// Bytes of a body beyond which it is an error.
    package var responseByteLimit = 16 << 20
    /// Whether sending it twice does no harm. Others are sent again only where the first one cannot
    /// have been worked on: it never reached the server, or was answered with 429 or 503.
    package var isRepeatable: Bool
    /// Redirections that are followed. Credentials are sent to the first origin only.
    package var redirectLimit = 0

    package init(_ method: Method, _ url: String, body: [UInt8]? = nil) {
        self.method = method
        self.url = url
        self.body = body
        isRepeatable = method != .post && method != .patch
    }

    /// Replaces every header of that name.
    package mutating func set(_ name: String, _ value: String) {
        headers.removeAll { $0.name.lowercased() == name.lowercased() }
        headers.append(Header(name: name, value: value))
    }

    /// Headers whose values are credentials: never in an error, never to another origin.
    package static let secretHeaders: Set<String> = [
        "authorization", "proxy-authorization", "x-api-key", "api-key", "private-token",
        "job-token", "cookie", "x-goog-api-key",
    ]
}

/// A status and headers; whatever the status, an answer is not an error.
package struct WebHead: Sendable, Equatable {
    package var status: Int
    package var headers: [WebRequest.Header]
    /// Where it came from, after redirections.
    package var url: String

    package init(status: Int, headers: [WebRequest.Header], url: String = "") {
        self.status = status
        self.headers = headers
        self.url = url
    }

    /// The first header of that name.
    package func header(_ name: String) -> String? {
        let wanted = name.lowercased()
        return headers.first { $0.name.lowercased() == wanted }?.value
    }

    package var isSuccess: Bool { (200..<300).contains(status) }
}

/// A whole answer.
package struct WebResponse: Sendable, Equatable {
    package var head: WebHead
    package var body: [UInt8]
    /// How often it was sent.
    package var tries: Int

    package init(head: WebHead, body: [UInt8], tries: Int = 1) {
        self.head = head
        self.body = body
        self.tries = tries
    }

    package var status: Int { head.status }
    package func header(_ name: String) -> String? { head.header(name) }
    package var text: String { String(decoding: body, as: UTF8.self) }
}

/// An answer whose body is still under way.
package struct WebStream: Sendable {
    package var head: WebHead
    package var body: WebBody
    package var tries: Int
}
