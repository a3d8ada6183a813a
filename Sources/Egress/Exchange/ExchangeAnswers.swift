internal import NIOCore
internal import RunModel

/// What a server or a store answers, on its way into the sandbox.
extension ExchangeHandler {
    func upstreamHead(_ head: HTTPResponseHead) {
        guard let exchange = current else { return }
        if head.status == 304, exchange.stale != nil {
            // The server stands by what is stored; what follows has no body.
            current?.isRevalidated = true
            return
        }
        if let credential = exchange.credential {
            let text = Array(head.fields.map(\.value).joined(separator: "\n").utf8)
            guard !credential.secrets.contains(where: { SecretScanner.contains($0, in: text) })
            else { return leaked(credential) }
        }
        keep(head)
        answer(head)
    }

    private func answer(_ head: HTTPResponseHead) {
        guard let exchange = current else { return }
        var text = "HTTP/1.1 \(head.status) \(HTTPStatus.phrase(head.status))\r\n"
        let fields = head.fields.withoutConnectionFields.without(["transfer-encoding"])
        for field in fields { text += "\(field.name): \(field.value)\r\n" }
        switch head.body {
        case .framed(.none), .framed(.length): current?.framing = .asItIs
        case .framed(.chunked), .untilClose:
            current?.framing = exchange.head.isVersion10 ? .untilClose : .chunked
            if !exchange.head.isVersion10 { text += "Transfer-Encoding: chunked\r\n" }
        }
        if head.body == .framed(.none), exchange.head.method != "HEAD", head.status != 304,
            head.status != 204, fields.values("content-length").isEmpty
        {
            text += "Content-Length: 0\r\n"
        }
        if !keepsAlive { text += "Connection: close\r\n" }
        current?.status = head.status
        write(text + "\r\n")
    }

    var keepsAlive: Bool {
        guard let exchange = current else { return false }
        let connection = exchange.head.values("connection").joined(separator: ",").lowercased()
        return !closesAfterFirst && !exchange.head.isVersion10 && !connection.contains("close")
            && exchange.framing != .untilClose
    }

    func upstreamBody(_ slice: ArraySlice<UInt8>) {
        guard let exchange = current, !exchange.isRevalidated else { return }
        guard let credential = exchange.credential else { return passOn(slice) }
        guard let slice = current?.scanner?.pass(slice) else { return leaked(credential) }
        passOn(slice)
    }

    private func passOn(_ slice: ArraySlice<UInt8>) {
        // An empty chunk would be the last one.
        guard let context, let exchange = current, !slice.isEmpty else { return }
        append(slice)
        current?.received += UInt64(slice.count)
        var buffer: ByteBuffer
        if exchange.framing == .chunked {
            let size = String(slice.count, radix: 16)
            buffer = context.channel.allocator.buffer(capacity: slice.count + size.utf8.count + 4)
            buffer.writeString(size + "\r\n")
            buffer.writeBytes(slice)
            buffer.writeString("\r\n")
        } else {
            buffer = context.channel.allocator.buffer(bytes: slice)
        }
        context.write(wrapOutboundOut(buffer), promise: nil)
    }

    func upstreamReadComplete() { context?.flush() }

    func upstreamEnd() {
        guard let exchange = current else { return }
        if exchange.isRevalidated, let stale = exchange.stale {
            renew(stale)
            return give(stale, from: "the cache, which the server confirmed")
        }
        if let rest = current?.scanner?.finish() { passOn(rest) }
        commit()
        if exchange.framing == .chunked { write("0\r\n\r\n") }
        context?.flush()
        record(verdict: "allowed", outcome: String(exchange.status ?? 0))
        finish()
    }

    func upstreamFailed(_ reason: String) {
        guard let exchange = current else { return }
        let wasReused = link?.isReused ?? false
        link = nil
        if exchange.status == nil, wasReused, exchange.head.body == .none, !exchange.isRetried {
            // The server closed an idle connection just then: RFC 9112, section 9.3.1.
            current?.isRetried = true
            state = .waiting
            return dial()
        }
        if exchange.status == nil { return refuse(reason, status: "502 Bad Gateway") }
        // Half an answer must not look whole.
        gateway.log.refuse(name.text, port: port, rule: "\(exchange.rule): \(reason)")
        state = .closed
        current = nil
        context?.close(promise: nil)
    }

    func leaked(_ credential: EdgeCredential) {
        let reason = "the server's answer holds \(credential); it is not passed on"
        link?.close()
        link = nil
        if current?.status == nil { return refuse(reason, status: "502 Bad Gateway") }
        gateway.log.refuse(name.text, port: port, rule: reason)
        state = .closed
        current = nil
        context?.close(promise: nil)
    }

    /// Answers from what is stored.
    func give(_ answer: StoredAnswer, from source: String) {
        guard let context, let exchange = current else { return }
        state = .answering
        var text =
            "HTTP/1.1 \(answer.record.status) \(HTTPStatus.phrase(answer.record.status))\r\n"
        for field in answer.record.fields { text += "\(field[0]): \(field[1])\r\n" }
        let hasBody = exchange.head.method != "HEAD" && ![204, 304].contains(answer.record.status)
        if hasBody { text += "Content-Length: \(answer.body.readableBytes)\r\n" }
        if !keepsAlive { text += "Connection: close\r\n" }
        write(text + "\r\n")
        current?.status = answer.record.status
        current?.address = nil
        if hasBody {
            current?.received = UInt64(answer.body.readableBytes)
            context.write(wrapOutboundOut(answer.body), promise: nil)
        }
        context.flush()
        record(verdict: "allowed", outcome: "\(answer.record.status) from \(source)")
        finish()
    }

    private func finish() {
        guard let exchange = current else { return }
        let goesOn = keepsAlive && exchange.meter.isDone
        current = nil
        guard goesOn else {
            state = .closed
            link?.close()
            link = nil
            closeWhenWritten()
            return
        }
        state = .reading
        pauseReading(false)
        // Not from within the last answer: a client may send many requests ahead.
        context?.eventLoop.assumeIsolated().execute {
            if case .reading = self.state { self.readHead() }
        }
    }
}
