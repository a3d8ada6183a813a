internal import Forges
internal import Foundation

/// A comment on a pull request or a ticket: GitHub's `issue_comment` and
/// `pull_request_review_comment`, GitLab's `note`.
///
/// What it says is only a reason to ask the forge: who wrote it, and with which right, is never
/// taken from a delivery.
struct ForgeComment: Sendable, Equatable {
    var verb: ReviewCommand.Verb?
    /// Of the pull request or ticket, without a fragment.
    var url: String

    /// - Returns: `nil` for a body that is no comment, or not a new one.
    init?(json: [UInt8]) {
        guard let body = try? JSONDecoder().decode(Body.self, from: Data(json)) else { return nil }
        let text: String?
        let place: String?
        if body.objectKind == "note" {
            text = body.objectAttributes?.note
            place = body.objectAttributes?.url
        } else {
            guard let comment = body.comment, body.action == "created" else { return nil }
            text = comment.body
            place = body.issue?.url ?? body.pullRequest?.url
        }
        guard let text, let place else { return nil }
        verb = ReviewCommand.verb(in: text)
        url = String(place.prefix { $0 != "#" })
    }

    private struct Body: Decodable {
        struct Page: Decodable {
            var url: String?
            enum CodingKeys: String, CodingKey { case url = "html_url" }
        }
        struct Comment: Decodable { var body: String? }
        struct Attributes: Decodable {
            var note: String?
            var url: String?
        }
        var action: String?
        var comment: Comment?
        var issue: Page?
        var pullRequest: Page?
        var objectKind: String?
        var objectAttributes: Attributes?

        enum CodingKeys: String, CodingKey {
            case action, comment, issue
            case pullRequest = "pull_request"
            case objectKind = "object_kind"
            case objectAttributes = "object_attributes"
        }
    }
}
