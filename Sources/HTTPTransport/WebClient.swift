internal import AsyncHTTPClient
internal import Foundation
internal import NIOCore
internal import NIOHTTP1
internal import NIOSSL

/// How a client connects.
package struct WebClientOptions: Sendable {
    package var connectTimeoutMilliseconds = 10_000
    /// Silence after which a connection counts as dead.
    package var idleTimeoutMilliseconds = 60_000
    package var proxy: ProxySettings?
    /// PEM files of authorities that are trusted beside the system's.
    package var authorityFiles: [String] = []
    package var retry = RetryPolicy()
    /// Addresses of names, for who has looked them up already and must not be given others.
    package var addresses: [String: String] = [:]
    /// Never in an error or a record, whatever the server says. The values of credential headers
    /// are added to them.
    package var secrets: [String] = []
    /// Told of every try, without secrets.
    package var observe: (@Sendable (WebTry) -> Void)?
    /// Waits between tries; tests put a clock of their own here.
    package var pause: @Sendable (_ milliseconds: Int) async throws -> Void = {
        try await Task.sleep(for: .milliseconds($0))
    }

    package init() {}
}

/// One try, for logs and traces.
package struct WebTry: Sendable, Equatable {
    package var subject: String
    package var number: Int
    package var status: Int?
    package var failure: String?
    package var durationMilliseconds: Double
    /// What is waited before the next one; `nil` after the last.
    package var retryInMilliseconds: Int?
}

/// Sends HTTP requests: with retries, time limits, size limits, and secrets kept out of errors.
package final class WebClient: Sendable {
    private let options: WebClientOptions
    private let direct: HTTPClient
    private let proxied: HTTPClient?

    /// - Throws: `WebError` when a certificate file cannot be read.
    package init(_ options: WebClientOptions = WebClientOptions()) throws {
        self.options = options
        var tls = TLSConfiguration.makeClientConfiguration()
        for path in options.authorityFiles {
            do {
                tls.additionalTrustRoots.append(
                    .certificates(try NIOSSLCertificate.fromPEMFile(path)))
            } catch {
                throw WebError(
                    kind: .invalidRequest, subject: "reading the authority file \(path)",
                    reason: "\(error)", remedy: "It must be a PEM file of certificates", tries: 0)
            }
        }
        var configuration = HTTPClient.Configuration(
            tlsConfiguration: tls, redirectConfiguration: .disallow,
            timeout: .init(
                connect: .milliseconds(Int64(options.connectTimeoutMilliseconds)),
                read: .milliseconds(Int64(options.idleTimeoutMilliseconds))))
        // Retries are counted here, where they are recorded, and not below as well.
        configuration.connectionPool.retryConnectionEstablishment = false
        configuration.dnsOverride = options.addresses
        direct = HTTPClient(eventLoopGroupProvider: .singleton, configuration: configuration)
        guard let proxy = options.proxy else {
            proxied = nil
            return
        }
        configuration.proxy = .server(
            host: proxy.host, port: proxy.port,
            authorization: proxy.credentials.map {
                .basic(credentials: Data($0.utf8).base64EncodedString())
            })
        proxied = HTTPClient(eventLoopGroupProvider: .singleton, configuration: configuration)
    }

    deinit {
        // Connections that nobody can use any more are closed in the background.
        _ = direct.shutdown()
        _ = proxied?.shutdown()
    }

    /// The whole answer, whatever its status.
    ///
    /// - Throws: `WebError`, or `CancellationError` when the calling task was cancelled.
    package func send(_ request: WebRequest) async throws -> WebResponse {
        let deadline = ContinuousClock.now + .milliseconds(request.timeoutMilliseconds)
        return try await tries(request, deadline) { number in
            try await self.within(deadline, self.failures(request, number)) {
                let stream = try await self.begin(request, number, deadline)
                let body = try await stream.body.collected()
                return (stream.head, WebResponse(head: stream.head, body: body, tries: number))
            }
        }
    }

    /// The answer's head, and its body as it comes. Only what fails before the head is retried.
    ///
    /// - Throws: `WebError`, or `CancellationError` when the calling task was cancelled.
    package func stream(_ request: WebRequest) async throws -> WebStream {
        let deadline = ContinuousClock.now + .milliseconds(request.timeoutMilliseconds)
        return try await tries(request, deadline) { number in
            let stream = try await self.begin(request, number, deadline)
            return (stream.head, stream)
        }
    }

    /// Ends the work at the deadline, whatever it waits for.
    private func within<Answer: Sendable>(
        _ deadline: ContinuousClock.Instant, _ failures: FailureText,
        _ work: @escaping @Sendable () async throws -> Answer
    ) async throws -> Answer {
        try await withThrowingTaskGroup(of: Answer.self) { group in
            group.addTask { try await work() }
            group.addTask {
                try await Task.sleep(until: deadline, clock: .continuous)
                throw failures.error(.timedOut, "no whole answer in time")
            }
            defer { group.cancelAll() }
            guard let first = try await group.next() else { throw CancellationError() }
            return first
        }
    }

    /// Tries until there is an answer to keep, or nothing left to try.
    private func tries<Answer: Sendable>(
        _ request: WebRequest, _ deadline: ContinuousClock.Instant,
        _ attempt: (Int) async throws -> (WebHead, Answer)
    ) async throws -> Answer {
        let policy = options.retry
        var number = 1
        while true {
            let started = ContinuousClock.now
            var record = WebTry(
                subject: failures(request, number).subject, number: number, status: nil,
                failure: nil, durationMilliseconds: 0, retryInMilliseconds: nil)
            let outcome: Result<(WebHead, Answer), any Error>
            do { outcome = .success(try await attempt(number)) } catch {
                outcome = .failure(failures(request, number).translated(error))
            }
            record.durationMilliseconds = (ContinuousClock.now - started) / .milliseconds(1)
            var delay: Int?
            switch outcome {
            case .success((let head, _)):
                record.status = head.status
                delay = delayMilliseconds(after: head, request, number)
            case .failure(let error):
                record.failure = "\(error)"
                delay = delayMilliseconds(after: error, request, number)
            }
            if let wait = delay, ContinuousClock.now + .milliseconds(wait) >= deadline {
                delay = nil
            }
            record.retryInMilliseconds = delay
            options.observe?(record)
            guard number < policy.tries, let delay else { return try outcome.get().1 }
            try await options.pause(delay)
            number += 1
        }
    }

    private func delayMilliseconds(
        after head: WebHead, _ request: WebRequest, _ number: Int
    ) -> Int? {
        let policy = options.retry
        guard policy.statuses.contains(head.status),
            request.isRepeatable || policy.unprocessedStatuses.contains(head.status)
        else { return nil }
        let own = policy.delayMilliseconds(
            beforeTry: number + 1, chance: Double.random(in: 0...1))
        guard let asked = RetryPolicy.retryAfterMilliseconds(head, now: Date()) else { return own }
        return asked <= policy.retryAfterLimitMilliseconds ? max(asked, own) : nil
    }

    private func delayMilliseconds(
        after error: any Error, _ request: WebRequest, _ number: Int
    ) -> Int? {
        guard let error = error as? WebError else { return nil }
        switch error.kind {
        case .unreachable: break
        case .interrupted, .timedOut:
            guard request.isRepeatable else { return nil }
        case .invalidRequest, .untrusted, .tooLarge, .redirected, .proxy: return nil
        }
        return options.retry.delayMilliseconds(
            beforeTry: number + 1, chance: Double.random(in: 0...1))
    }

    private func failures(_ request: WebRequest, _ tries: Int) -> FailureText {
        let secrets =
            options.secrets
            + request.headers.filter { WebRequest.secretHeaders.contains($0.name.lowercased()) }
            .map(\.value) + [options.proxy?.credentials].compactMap(\.self)
        let redaction = SecretRedaction(secrets)
        return FailureText(
            subject: redaction.text(
                "\(request.method.rawValue) \(SecretRedaction.url(request.url))"),
            redaction: redaction, tries: tries)
    }

    /// One try: sends, follows redirections, and has the head.
    private func begin(
        _ request: WebRequest, _ number: Int, _ deadline: ContinuousClock.Instant
    ) async throws -> WebStream {
        let failures = failures(request, number)
        var hop = RequestHop(request)
        for _ in 0...max(0, request.redirectLimit) {
            let (message, client) = try message(hop, failures)
            let left = deadline - ContinuousClock.now
            guard left > .zero else { throw failures.error(.timedOut, "no answer in time") }
            let response = try await client.execute(
                message, timeout: .milliseconds(Int64(left / .milliseconds(1))))
            let head = WebHead(
                status: Int(response.status.code),
                headers: response.headers.map { .init(name: $0.name, value: $0.value) },
                url: hop.url)
            if request.redirectLimit > 0, let target = head.redirection {
                hop = try hop.redirected(to: target, status: head.status, failures)
                continue
            }
            if let text = head.header("content-length"), let length = Int(text),
                request.method != .head, length > request.responseByteLimit
            {
                throw failures.error(
                    .tooLarge,
                    "the answer has \(length) bytes, \(request.responseByteLimit) are permitted")
            }
            return WebStream(
                head: head,
                body: WebBody(
                    response.body, of: self, byteLimit: request.responseByteLimit,
                    deadline: deadline, failures: failures), tries: number)
        }
        throw failures.error(
            .redirected, "it was redirected more than \(request.redirectLimit) times")
    }

    private func message(
        _ hop: RequestHop, _ failures: FailureText
    ) throws(WebError) -> (HTTPClientRequest, HTTPClient) {
        guard let parts = URLComponents(string: hop.url), let host = parts.host, !host.isEmpty,
            parts.scheme == "https" || parts.scheme == "http", parts.user == nil
        else {
            throw failures.error(
                .invalidRequest, "it is no http or https URL, or has a user in it",
                "Credentials go into their files, not into URLs")
        }
        var message = HTTPClientRequest(url: hop.url)
        message.method = HTTPMethod(rawValue: hop.method.rawValue)
        for header in hop.headers {
            guard header.isWellFormed else {
                throw failures.error(
                    .invalidRequest, "the header \(header.name) has characters that none may have",
                    "A key file must hold one line")
            }
            message.headers.add(name: header.name, value: header.value)
        }
        if let body = hop.body { message.body = .bytes(ByteBuffer(bytes: body)) }
        let covered = options.proxy?.covers(host) ?? false
        return (message, covered ? proxied ?? direct : direct)
    }
}
