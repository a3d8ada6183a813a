/// One way in which the operator wants to be told: a webhook, a chat, or e-mail. Only the
/// operator's configuration has it: a repository does not choose who is told.
package struct NotificationSection: Decodable, Sendable, Equatable {
    package enum Event: String, Decodable, Sendable, CaseIterable {
        case pullRequest = "pull_request"
        case escalated
        case budgetExhausted = "budget_exhausted"
        case awaitingApproval = "awaiting_approval"
    }

    package struct Mail: Decodable, Sendable, Equatable {
        package var from: String
        package var to: [String]
        /// `HOST:PORT` of a relay; `nil` uses `sendmail`.
        package var smtp: String?
        package var tls: Security?
        /// With `password_file`, for a relay that wants a login.
        package var username: String?
        /// Names the file with the password, which only its owner may read.
        package var passwordFile: String?
        /// PEM files that are trusted beside the system's.
        package var authorities: [String]?
        /// Default: `/usr/sbin/sendmail`.
        package var sendmail: String?

        package enum Security: String, Decodable, Sendable, CaseIterable {
            case none, starttls, implicit
        }

        package enum CodingKeys: String, CodingKey, CaseIterable {
            case from, to, smtp, tls, username
            case passwordFile = "password_file"
            case authorities, sendmail
        }
    }

    /// Address of a receiver that checks the signature.
    package var webhook: String?
    /// Names the file with the webhook's secret.
    package var secretFile: String?
    /// Names the file with a chat's incoming webhook address, which is a secret itself.
    package var chatFile: String?
    package var mail: Mail?
    /// Default: all of them.
    package var events: [Event]?

    package enum CodingKeys: String, CodingKey, CaseIterable {
        case webhook, mail, events
        case secretFile = "secret_file"
        case chatFile = "chat_file"
    }

    package init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        webhook = try container.decodeIfPresent(String.self, forKey: .webhook)
        secretFile = try container.decodeIfPresent(String.self, forKey: .secretFile)
        chatFile = try container.decodeIfPresent(String.self, forKey: .chatFile)
        mail = try container.decodeIfPresent(Mail.self, forKey: .mail)
        events = try container.decodeIfPresent([Event].self, forKey: .events)
        let ways = [webhook != nil, chatFile != nil, mail != nil].count { $0 }
        guard ways == 1 else {
            throw DecodingError.dataCorrupted(
                .init(
                    codingPath: decoder.codingPath,
                    debugDescription: "a notification is exactly one of webhook, chat_file, mail"))
        }
        guard (webhook == nil) == (secretFile == nil) else {
            throw DecodingError.dataCorrupted(
                .init(
                    codingPath: decoder.codingPath,
                    debugDescription: "a webhook needs a secret_file, and nothing else does"))
        }
    }
}
