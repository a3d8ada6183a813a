/// What a person with write access asked for in a comment: a line of its own, `/drydock stop` or
/// `@drydock retry`. Anything else means nothing: comments are not instructions.
package struct ReviewCommand: Codable, Sendable, Equatable {
    package enum Verb: String, Codable, Sendable, CaseIterable {
        /// No more attempts at this incident.
        case stop
        /// Another round: the breakers of its tests are closed.
        case retry
    }

    package var verb: Verb
    package var person: String
    /// The comment's number: a command is obeyed once.
    package var comment: String

    package init(verb: Verb, person: String, comment: String) {
        self.verb = verb
        self.person = person
        self.comment = comment
    }

    /// The command in a comment; the first one counts. What is quoted or fenced is not said.
    package static func verb(in comment: String) -> Verb? {
        var isFenced = false
        for line in comment.split(whereSeparator: \.isNewline) {
            if line.hasPrefix("```") || line.hasPrefix("~~~") {
                isFenced.toggle()
                continue
            }
            guard !isFenced else { continue }
            let words = line.split(separator: " ")
            guard words.count == 2, ["/drydock", "@drydock"].contains(words[0].lowercased()) else {
                continue
            }
            if let verb = Verb(rawValue: words[1].lowercased()) { return verb }
        }
        return nil
    }
}
