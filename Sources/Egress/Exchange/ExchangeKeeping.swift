internal import NIOCore
internal import RunModel

/// What is kept of answers: in a recording, and in the shared cache.
extension ExchangeHandler {
    /// Opens what will hold the body, where it is to be kept.
    func keep(_ head: HTTPResponseHead) {
        guard let exchange = current else { return }
        current?.response = head
        do {
            if let recorder = gateway.recorder {
                current?.recorded = try recorder.begin {
                    gateway.log.refuse(
                        name.text, port: port, rule: "the recording is full; answers are not kept")
                }
            }
            if let cache = gateway.cache, exchange.shared != nil, cache.accepts(head) {
                current?.cached = try cache.begin()
            }
        } catch { notKept(error) }
    }

    func append(_ slice: ArraySlice<UInt8>) {
        do {
            for pending in [current?.recorded, current?.cached].compactMap({ $0 }) {
                try pending.append(slice)
                guard pending.bytes <= RecordingLimits.answerBytes else {
                    current?.recorded = nil
                    current?.cached = nil
                    gateway.log.refuse(
                        name.text, port: port, rule: "an answer is too large to be kept")
                    return
                }
            }
        } catch { notKept(error) }
    }

    /// Only now, when the answer is complete, it becomes part of a recording or of the cache.
    func commit() {
        guard let exchange = current, let head = exchange.response, let key = exchange.key else {
            return
        }
        do {
            if let pending = exchange.recorded, let recorder = gateway.recorder {
                if recorder.takeRoom(bytes: pending.bytes) {
                    try recorder.commit(
                        Self.record(head, key, try pending.finish(), pending.bytes))
                } else {
                    current?.recorded = nil
                    gateway.log.refuse(
                        name.text, port: port,
                        rule: "the recording has no room for an answer of \(pending.bytes) bytes")
                }
            }
            if let pending = exchange.cached, let cache = gateway.cache {
                try cache.commit(Self.record(head, key, try pending.finish(), pending.bytes))
            }
        } catch { notKept(error) }
    }

    /// A confirmed answer counts from now, and is part of a recording too.
    func renew(_ stale: StoredAnswer) {
        guard let exchange = current, let cache = gateway.cache else { return }
        var record = stale.record
        record.receivedAt = Clock.secondsSince1970
        do {
            try cache.commit(record)
            guard let recorder = gateway.recorder, let key = exchange.key,
                let pending = try recorder.begin(onFull: {}),
                recorder.takeRoom(bytes: stale.body.readableBytes)
            else { return }
            try pending.append(Array(stale.body.readableBytesView)[...])
            record.key = key.digest
            record.body = try pending.finish()
            try recorder.commit(record)
        } catch { notKept(error) }
    }

    private func notKept(_ error: any Error) {
        current?.recorded = nil
        current?.cached = nil
        gateway.log.refuse(name.text, port: port, rule: "an answer could not be kept: \(error)")
    }

    private static func record(
        _ head: HTTPResponseHead, _ key: ExchangeKey, _ body: String, _ bytes: Int
    ) -> AnswerRecord {
        AnswerRecord(
            key: key.digest, method: key.method, url: key.url, status: head.status,
            fields: head.fields.withoutConnectionFields.without(AnswerRecord.dropped)
                .map { [$0.name, $0.value] },
            body: body, bodyBytes: bytes, receivedAt: Clock.secondsSince1970)
    }
}
