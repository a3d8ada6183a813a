internal import HTTPTypes
internal import Hummingbird
internal import HummingbirdCore
internal import NIOCore

/// Server-sent events (https://html.spec.whatwg.org/multipage/server-sent-events.html).
enum EventStream {
    static let headers: HTTPFields = [
        .contentType: "text/event-stream", .cacheControl: "no-store",
    ]
    /// A comment, often enough that proxies keep the connection and a client that is gone is
    /// noticed.
    static let pingInterval = Duration.seconds(2)

    struct Event: Sendable {
        var id: String?
        var name: String?
        var data: String

        var text: String {
            var text = ""
            if let id { text += "id: \(id)\n" }
            if let name { text += "event: \(name)\n" }
            for line in data.split(separator: "\n", omittingEmptySubsequences: false) {
                text += "data: \(line)\n"
            }
            return text + "\n"
        }
    }

    /// Messages of JSON-RPC as events.
    static func response(
        messages: AsyncStream<String>, for context: ServiceContext
    ) -> Response {
        Response(
            status: .ok, headers: headers,
            body: ResponseBody { writer in
                // Ends when the client goes away: the source is told.
                let merged = context.whileStreaming(pinged(messages))
                for await message in merged {
                    let text =
                        message.map { Event(name: "message", data: $0).text } ?? ": waiting\n\n"
                    try await writer.write(ByteBuffer(string: text))
                }
                try await writer.finish(nil)
            })
    }

    /// The messages, and `nil` whenever nothing came for a while. Ending the consumption ends the
    /// source.
    private static func pinged(_ messages: AsyncStream<String>) -> AsyncStream<String?> {
        AsyncStream { continuation in
            let reader = Task {
                for await message in messages { continuation.yield(message) }
                continuation.finish()
            }
            let pinger = Task {
                while !Task.isCancelled {
                    try await Task.sleep(for: pingInterval)
                    continuation.yield(nil)
                }
            }
            continuation.onTermination = { _ in
                reader.cancel()
                pinger.cancel()
            }
        }
    }
}

extension ServiceContext {
    /// A stream that ends as soon as the client goes away.
    func whileStreaming<Element: Sendable>(
        _ source: AsyncStream<Element>
    ) -> AsyncStream<Element> {
        let (stream, continuation) = AsyncStream.makeStream(of: Element.self)
        let pump = Task {
            try? await whileClientWaits {
                for await element in source { continuation.yield(element) }
            }
            continuation.finish()
        }
        continuation.onTermination = { _ in pump.cancel() }
        return stream
    }
}
