internal import Foundation
internal import HTTPTransport
internal import LinuxKernel
internal import Notifications
package import PolicyFiles
package import RunModel

/// Tells people what an incident came to, in the ways that the operator configured.
package struct HealNotices: HealNotifier {
    private let notifier: Notifier
    private let repository: String
    private let now: @Sendable () -> String

    /// - Throws: what is wrong with the configuration, before anything is spent.
    package init(
        _ sections: [NotificationSection], repository: String,
        now: @escaping @Sendable () -> String
    ) throws {
        notifier = Notifier(try sections.map(Self.route))
        self.repository = repository
        self.now = now
    }

    package func notify(_ report: HealReport) async -> [String] {
        guard let notice = notice(report) else { return [] }
        return await notifier.send(notice)
    }

    private func notice(_ report: HealReport) -> Notice? {
        let incident = report.incident ?? ""
        let tests = (report.triage?.tests ?? []).prefix(5).map(\.id).joined(separator: ", ")
        switch report.outcome {
        case .pullRequest:
            return Notice(
                kind: .pullRequest, incident: incident, repository: repository,
                title: "A verified repair waits for a review",
                text: "Repaired: \(tests)", url: report.pullRequest?.url ?? "", time: now())
        case .escalated:
            let reason = report.escalation?.reason ?? ""
            // A human looks after both; who only cares for budgets is told of those.
            let isBudget = reason.contains("budget") || reason.contains("no attempts are left")
            return Notice(
                kind: isBudget ? .budgetExhausted : .escalated, incident: incident,
                repository: repository,
                title: isBudget ? "A budget is used up" : "A failure needs a human",
                text: "\(tests)\n\(reason)", url: report.escalation?.report ?? "", time: now())
        case .awaitingApproval:
            return Notice(
                kind: .awaitingApproval, incident: incident, repository: repository,
                title: "A verified repair waits for an approval",
                text: "\(tests)\nRead it: drydock runs diff \(incident)\n"
                    + "Decide: drydock approve \(incident), or drydock reject \(incident)",
                url: "", time: now())
        case .skipped, .nothingToHeal: return nil
        }
    }

    private static func route(
        _ section: NotificationSection
    ) throws -> (channel: any NotificationChannel, kinds: Set<Notice.Kind>) {
        let events = section.events ?? NotificationSection.Event.allCases
        var kinds = Set(events.compactMap { Notice.Kind(rawValue: $0.rawValue) })
        // An exhausted budget is an escalation as well.
        if kinds.contains(.escalated) { kinds.insert(.budgetExhausted) }
        return (try channel(section), kinds)
    }

    private static func channel(
        _ section: NotificationSection
    ) throws -> any NotificationChannel {
        var options = WebClientOptions()
        options.proxy = try ProxySettings.from(environment: ProcessInfo.processInfo.environment)
        if let url = section.webhook, let file = section.secretFile {
            let secret = try secret(file)
            options.secrets = [secret]
            return try WebhookChannel(
                url: url, secret: Array(secret.utf8), client: try WebClient(options))
        }
        if let file = section.chatFile {
            let url = try secret(file)
            // The address is the credential; its path must not stand in an error either.
            options.secrets = [url, URL(string: url)?.path ?? url]
            return ChatChannel(url: url, client: try WebClient(options))
        }
        guard let mail = section.mail else {
            throw NotificationError(
                subject: "a notification", reason: "it names no webhook, chat_file or mail")
        }
        guard let relay = mail.smtp else {
            return SendmailChannel(
                program: mail.sendmail ?? "/usr/sbin/sendmail", from: mail.from, to: mail.to)
        }
        return SMTPChannel(try smtp(relay, mail), from: mail.from, to: mail.to)
    }

    private static func smtp(
        _ address: String, _ mail: NotificationSection.Mail
    ) throws -> SMTPRelay {
        let parts = address.split(separator: ":")
        guard parts.count == 2, let port = UInt16(parts[1]) else {
            throw NotificationError(
                subject: "notifications.mail.smtp", reason: "`\(address)` is not HOST:PORT")
        }
        guard (mail.username == nil) == (mail.passwordFile == nil) else {
            throw NotificationError(
                subject: "notifications.mail",
                reason: "username and password_file belong together")
        }
        var login: SMTPRelay.Login?
        if let name = mail.username, let file = mail.passwordFile {
            login = SMTPRelay.Login(name: name, password: try secret(file))
        }
        return try SMTPRelay(
            host: String(parts[0]), port: Int(port),
            security: mail.tls.flatMap { .init(rawValue: $0.rawValue) } ?? .none, login: login,
            authorityFiles: mail.authorities ?? [])
    }

    private static func secret(_ path: String) throws -> String {
        switch PrivateFile.read(path, byteLimit: 16 << 10) {
        case .refused(let reason):
            throw NotificationError(
                subject: path, reason: reason,
                remedy: "It must hold the secret, and be readable by this user alone: chmod 600")
        case .content(let bytes):
            return String(decoding: bytes, as: UTF8.self)
                .trimmingCharacters(in: .whitespacesAndNewlines)
        }
    }
}
