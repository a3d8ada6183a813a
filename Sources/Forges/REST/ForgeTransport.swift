/// Sends one HTTP request, follows no redirection, and repeats nothing: what may be repeated is
/// known here and not there.
package protocol ForgeTransport: Sendable {
    /// - Throws: when no whole answer came.
    func send(_ request: ForgeRequest) async throws -> ForgeResponse
}

package struct ForgeRequest: Sendable, Equatable {
    package var method: String
    package var url: String
    package var headers: [(name: String, value: String)]
    package var body: [UInt8]
    /// A longer answer is an error.
    package var answerBytesMax: Int
    package var timeoutMilliseconds: Int

    package init(
        method: String, url: String, headers: [(name: String, value: String)] = [],
        body: [UInt8] = [], answerBytesMax: Int = 8 << 20, timeoutMilliseconds: Int = 30_000
    ) {
        self.method = method
        self.url = url
        self.headers = headers
        self.body = body
        self.answerBytesMax = answerBytesMax
        self.timeoutMilliseconds = timeoutMilliseconds
    }

    package static func == (left: ForgeRequest, right: ForgeRequest) -> Bool {
        left.method == right.method && left.url == right.url && left.body == right.body
            && left.headers.elementsEqual(right.headers, by: ==)
    }
}

package struct ForgeResponse: Sendable, Equatable {
    package var status: Int
    /// Names in lower case.
    package var headers: [String: String]
    package var body: [UInt8]

    package init(status: Int, headers: [String: String] = [:], body: [UInt8] = []) {
        self.status = status
        self.headers = headers
        self.body = body
    }
}
