internal import AsyncHTTPClient
internal import NIOCore

/// The bytes of an answer as they come. Read once, by one reader.
///
/// Ends with a `WebError` when the connection ends early, when too much comes, or when the time of
/// its request is over. Letting go of it closes the connection.
package struct WebBody: AsyncSequence, Sendable {
    package typealias Element = [UInt8]

    private let body: HTTPClientResponse.Body
    private let byteLimit: Int
    private let deadline: ContinuousClock.Instant
    private let failures: FailureText
    /// Its connections live as long as what comes over them.
    private let client: WebClient

    init(
        _ body: HTTPClientResponse.Body, of client: WebClient, byteLimit: Int,
        deadline: ContinuousClock.Instant, failures: FailureText
    ) {
        self.body = body
        self.client = client
        self.byteLimit = byteLimit
        self.deadline = deadline
        self.failures = failures
    }

    package func makeAsyncIterator() -> Iterator {
        Iterator(
            chunks: body.makeAsyncIterator(), client: client, byteLimit: byteLimit,
            deadline: deadline, failures: failures)
    }

    package struct Iterator: AsyncIteratorProtocol {
        fileprivate var chunks: HTTPClientResponse.Body.AsyncIterator
        fileprivate let client: WebClient
        fileprivate let byteLimit: Int
        fileprivate let deadline: ContinuousClock.Instant
        fileprivate let failures: FailureText
        fileprivate var count = 0

        package mutating func next() async throws -> [UInt8]? {
            do {
                guard let chunk = try await chunks.next(isolation: #isolation) else { return nil }
                count += chunk.readableBytes
                guard count <= byteLimit else {
                    throw failures.error(
                        .tooLarge, "the answer is larger than \(byteLimit) bytes")
                }
                guard ContinuousClock.now < deadline else {
                    throw failures.error(.timedOut, "the answer took too long to come whole")
                }
                return Array(chunk.readableBytesView)
            } catch {
                throw failures.translated(error)
            }
        }
    }

    /// All of it.
    package func collected() async throws -> [UInt8] {
        var bytes: [UInt8] = []
        for try await chunk in self { bytes += chunk }
        return bytes
    }
}
