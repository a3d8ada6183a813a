internal import Foundation
internal import RunModel

/// Git's smart HTTP protocol with a credential, for one repository. What is pushed is looked at
/// first: new branches of Drydock's own prefix, nothing else, whatever asks.
struct GitSmartHTTP: Sendable {
    private static let answerBytesMax = 512 << 20
    private static let timeoutMilliseconds = 600_000
    private static let nothing = String(repeating: "0", count: 40)

    private let url: String
    private let authorization: String
    private let transport: any ForgeTransport

    init(url: String, username: String, token: String, transport: any ForgeTransport) {
        self.url = url
        authorization =
            "Basic " + Data("\(username):\(token)".utf8).base64EncodedString()
        self.transport = transport
    }

    func exchange(_ request: GitServiceRequest) async throws -> [UInt8] {
        let (method, path, type): (String, String, String) =
            switch request.service {
            case .uploadPackReferences: ("GET", "/info/refs?service=git-upload-pack", "")
            case .receivePackReferences: ("GET", "/info/refs?service=git-receive-pack", "")
            case .uploadPack: ("POST", "/git-upload-pack", "git-upload-pack")
            case .receivePack: ("POST", "/git-receive-pack", "git-receive-pack")
            }
        if request.service == .receivePack { try Self.requireOwnBranch(request.body) }
        var headers = [
            ("Authorization", authorization), ("User-Agent", "git/2 (\(DrydockVersion.userAgent))"),
        ]
        if !type.isEmpty {
            headers += [
                ("Content-Type", "application/x-\(type)-request"),
                ("Accept", "application/x-\(type)-result"),
            ]
        }
        let isPush = [.receivePack, .receivePackReferences].contains(request.service)
        let operation = isPush ? "pushing" : "fetching"
        let response: ForgeResponse
        do {
            response = try await transport.send(
                ForgeRequest(
                    method: method, url: url + path, headers: headers, body: request.body,
                    answerBytesMax: Self.answerBytesMax,
                    timeoutMilliseconds: Self.timeoutMilliseconds))
        } catch let error as ForgeError {
            throw error
        } catch {
            throw ForgeError(
                .unreachable, operation: operation, subject: url,
                reason: "no whole answer came: \(error)",
                remedy: "Nothing is lost: run it again; a branch that arrived is found")
        }
        guard response.status == 200 else {
            if let seconds = RateLimit.wait(
                response, nowSeconds: Date().timeIntervalSince1970),
                response.status == 429
                    || response.headers["retry-after"] != nil
            {
                throw ForgeError(
                    .rateLimited, operation: operation, subject: url,
                    reason: "the forge asks to wait \(Int(seconds.rounded(.up))) s",
                    remedy: "Nothing is lost: run it again after that")
            }
            throw RESTFailure.error(
                response, operation: operation, subject: url,
                tokenRemedy: isPush
                    ? "Pushing needs a token that may write the repository's contents"
                    : "Check the repository's name and the token")
        }
        let expected = type.isEmpty ? nil : "application/x-\(type)-result"
        if let expected, response.headers["content-type"] != expected {
            throw ForgeError(
                .malformed, operation: operation, subject: url,
                reason: "the answer is no \(expected): something else than git answers there")
        }
        return response.body
    }

    private static func requireOwnBranch(_ body: [UInt8]) throws(ForgeError) {
        for update in try PacketLines.updates(in: body) {
            let prefix = "refs/heads/"
            guard update.reference.hasPrefix(prefix), update.old == nothing, update.new != nothing
            else {
                throw ForgeError(
                    operation: "pushing", subject: PlainText.line(update.reference),
                    reason: "only new branches are pushed: nothing is changed, forced or deleted")
            }
            _ = try BranchName(String(update.reference.dropFirst(prefix.count)))
        }
    }
}
