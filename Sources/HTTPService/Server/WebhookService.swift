internal import Orchestration
internal import ServiceLifecycle

/// Sends webhooks for as long as the service runs; what is under way at its end is sent again by the
/// next one.
struct WebhookService: Service {
    let sender: WebhookSender

    func run() async throws {
        await cancelWhenGracefulShutdown { await sender.run() }
    }
}
