internal import HTTPTransport

/// Forge requests over the network. One try each: `RESTClient` knows which may be repeated.
struct WebForgeTransport: ForgeTransport {
    private let client: WebClient

    /// - Parameter secret: never in an error's text.
    init(environment: [String: String], secret: String) throws(ForgeError) {
        var options = WebClientOptions()
        options.retry = .never
        options.secrets = [secret]
        do {
            options.proxy = try ProxySettings.from(environment: environment)
            client = try WebClient(options)
        } catch {
            throw ForgeError(
                operation: "preparing connections", subject: "the forge", reason: "\(error)")
        }
    }

    func send(_ request: ForgeRequest) async throws -> ForgeResponse {
        guard let method = WebRequest.Method(rawValue: request.method) else {
            throw ForgeError(
                operation: "calling the forge", subject: request.method,
                reason: "there is no such method")
        }
        var message = WebRequest(
            method, request.url, body: request.body.isEmpty ? nil : request.body)
        message.timeoutMilliseconds = request.timeoutMilliseconds
        message.responseByteLimit = request.answerBytesMax
        for header in request.headers { message.set(header.name, header.value) }
        let response = try await client.send(message)
        return ForgeResponse(
            status: response.status,
            headers: Dictionary(
                response.head.headers.map { ($0.name.lowercased(), $0.value) },
                uniquingKeysWith: { first, _ in first }), body: response.body)
    }
}
