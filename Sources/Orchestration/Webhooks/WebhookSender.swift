internal import Digests
internal import Foundation
internal import HTTPTransport
package import Logging
internal import NIOPosix
package import RunStore

/// Sends what happened to the webhooks that want it, signed, and again until it is taken.
///
/// Events wait in the store, written in the transaction of what they tell of: none is lost when the
/// process is killed, and each is sent at least once, always under the same number. The form is
/// that of Standard Webhooks (https://www.standardwebhooks.com).
package actor WebhookSender {
    /// Tries of one event: with the pauses below, over a good day.
    static let tryLimit = 9
    private static let pausesMilliseconds: [Int64] = [
        1000, 5000, 30_000, 120_000, 600_000, 3_600_000, 14_400_000, 43_200_000,
    ]
    private static let atOnce = 16
    /// So that a receiver that hangs holds up nobody else.
    private static let atOncePerWebhook = 2
    private static let timeoutMilliseconds = 10_000
    private static let keptSeconds = 7.0 * 24 * 3600

    private let store: Store
    private let allowed: [String]
    private let log: Logger
    private var underWay: [String: String] = [:]

    /// - Parameter allowed: hosts that the operator allows beside those of the public internet.
    package init(store: Store, allowed: [String], log: Logger) {
        self.store = store
        self.allowed = allowed
        self.log = log
    }

    /// Until the task is cancelled.
    package func run() async {
        var nextSweep = ContinuousClock.now
        while !Task.isCancelled {
            if ContinuousClock.now >= nextSweep {
                nextSweep = ContinuousClock.now + .seconds(3600)
                let oldest = Date(timeIntervalSinceNow: -Self.keptSeconds).formatted(.iso8601)
                try? await store.removeDeliveries(endedBefore: oldest)
                let day = Date(timeIntervalSinceNow: -24 * 3600).formatted(.iso8601)
                try? await store.removeAnswers(createdBefore: day)
            }
            await startDue()
            try? await Task.sleep(for: .milliseconds(500))
        }
    }

    private func startDue() async {
        guard
            let due = try? await store.dueDeliveries(
                nowMilliseconds: Self.nowMilliseconds, limit: 200)
        else { return }
        for delivery in due where underWay[delivery.id] == nil {
            guard underWay.count < Self.atOnce else { return }
            let own = underWay.values.count { $0 == delivery.webhook }
            guard own < Self.atOncePerWebhook else { continue }
            underWay[delivery.id] = delivery.webhook
            Task {
                await deliver(delivery)
                underWay[delivery.id] = nil
            }
        }
    }

    private static var nowMilliseconds: Int64 { Int64(Date().timeIntervalSince1970 * 1000) }

    private func deliver(_ delivery: WebhookDeliveryRecord) async {
        guard let webhook = try? await store.webhook(delivery.webhook, tenant: nil) else { return }
        var delivery = delivery
        delivery.tries += 1
        delivery.status = nil
        delivery.error = nil
        do {
            let status = try await send(delivery, to: webhook)
            delivery.status = status
            if !(200..<300).contains(status) { delivery.error = "the receiver answers \(status)" }
        } catch {
            delivery.error = String("\(error)".prefix(500))
        }
        if delivery.error == nil {
            delivery.state = .delivered
            delivery.endedAt = WallClock.timestamp()
        } else if delivery.tries >= Self.tryLimit || delivery.status == 410 {
            // 410 says that nobody will ever listen there.
            delivery.state = .failed
            delivery.endedAt = WallClock.timestamp()
            log.warning(
                "webhook given up",
                metadata: [
                    "webhook": "\(webhook.id)", "tenant": "\(webhook.tenant)",
                    "reason": "\(delivery.error ?? "")",
                ])
        } else {
            let pause = Self.pausesMilliseconds[
                min(delivery.tries, Self.pausesMilliseconds.count) - 1]
            delivery.nextTryMilliseconds =
                Self.nowMilliseconds + pause + Int64.random(in: 0...pause / 4)
        }
        try? await store.update(delivery: delivery)
    }

    private func send(
        _ delivery: WebhookDeliveryRecord, to webhook: WebhookRecord
    ) async throws -> Int {
        let target = try WebhookTarget(webhook.url, allowed: allowed)
        let address = try await NIOThreadPool.singleton.runIfActive { try target.address() }
        var options = WebClientOptions()
        options.addresses = [target.host: address]
        options.connectTimeoutMilliseconds = 5000
        options.retry = .never
        let body = Array(delivery.payload.utf8)
        var request = WebRequest(.post, webhook.url, body: body)
        request.timeoutMilliseconds = Self.timeoutMilliseconds
        request.responseByteLimit = 64 << 10
        let seconds = "\(Self.nowMilliseconds / 1000)"
        request.set("Content-Type", "application/json")
        request.set("Webhook-Id", delivery.id)
        request.set("Webhook-Timestamp", seconds)
        request.set(
            "Webhook-Signature",
            WebhookSignatures.text(
                id: delivery.id, timestampSeconds: seconds, body: body, secret: webhook.secret))
        return try await WebClient(options).send(request).status
    }
}

/// Signatures of Standard Webhooks.
package enum WebhookSignatures {
    /// `v1,` and the HMAC-SHA-256 of `ID.TIMESTAMP.BODY` in base64.
    package static func text(
        id: String, timestampSeconds: String, body: [UInt8], secret: [UInt8]
    ) -> String {
        let message = Array("\(id).\(timestampSeconds).".utf8) + body
        return "v1,"
            + Data(MessageAuthentication.code(for: message, key: secret)).base64EncodedString()
    }

    /// A secret as its receiver's library takes it.
    package static func shown(secret: [UInt8]) -> String {
        "whsec_" + Data(secret).base64EncodedString()
    }
}
