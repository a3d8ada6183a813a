/// What a push asks for, read from its packet lines (gitprotocol-pack(5)) before it is let out.
enum PacketLines {
    struct Update: Equatable {
        var old: String
        var new: String
        var reference: String
    }

    /// The reference updates at the head of a `git-receive-pack` request.
    ///
    /// - Throws: `ForgeError` where it is no such request: what cannot be read is not sent.
    static func updates(in body: [UInt8]) throws(ForgeError) -> [Update] {
        var updates: [Update] = []
        var offset = 0
        while true {
            guard body.count >= offset + 4,
                let length = Int(
                    String(decoding: body[offset..<offset + 4], as: UTF8.self), radix: 16)
            else { throw unreadable }
            // A flush packet ends the list; the pack follows.
            if length == 0 { return updates }
            guard length > 4, body.count >= offset + length else { throw unreadable }
            let line = body[offset + 4..<offset + length]
            offset += length
            // Capabilities follow the first line's NUL.
            let text = String(decoding: line.prefix { $0 != 0 && $0 != 10 }, as: UTF8.self)
            let parts = text.split(separator: " ", omittingEmptySubsequences: false)
            guard parts.count == 3, parts[0].count == 40, parts[1].count == 40 else {
                throw unreadable
            }
            updates.append(
                Update(
                    old: String(parts[0]), new: String(parts[1]), reference: String(parts[2])))
        }
    }

    private static var unreadable: ForgeError {
        ForgeError(
            operation: "pushing", subject: "a branch",
            reason: "the request is not one of git's own: its updates cannot be read")
    }
}
