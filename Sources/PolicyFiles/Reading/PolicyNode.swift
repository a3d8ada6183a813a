/// A YAML value that knows where it stood, so that every later complaint can say so.
package struct PolicyNode: Sendable {
    /// The shapes of YAML that policy files use: no anchors, no tags, text keys only.
    package enum Content: Sendable {
        /// `isPlain`: written without quotes, so it may also be a number, a truth value or null.
        case scalar(String, isPlain: Bool)
        case sequence([PolicyNode])
        case mapping([Entry])
    }

    /// One `key: value`; keys are in the order of the file and never repeat.
    package struct Entry: Sendable {
        package var key: String
        package var keyLocation: PolicyLocation
        package var value: PolicyNode

        package init(key: String, keyLocation: PolicyLocation, value: PolicyNode) {
            self.key = key
            self.keyLocation = keyLocation
            self.value = value
        }
    }

    package var content: Content
    package var location: PolicyLocation
    /// An application's own tag on a list, such as `!reference`; only in the dialect `pipeline`.
    package var tag: String?

    package init(content: Content, location: PolicyLocation, tag: String? = nil) {
        self.content = content
        self.location = location
        self.tag = tag
    }

    /// Whether this is an absent value: `key:` or `key: null`.
    package var isNull: Bool {
        guard case .scalar(let text, isPlain: true) = content else { return false }
        return ["", "~", "null", "Null", "NULL"].contains(text)
    }

    /// The shape in the words of an error message.
    package var kind: String {
        switch content {
        case .sequence: "a list"
        case .mapping: "a mapping"
        case .scalar where isNull: "nothing"
        case .scalar(let text, isPlain: true) where ["true", "false"].contains(text):
            "a truth value"
        case .scalar(let text, isPlain: true) where Double(text) != nil: "a number"
        case .scalar: "text"
        }
    }
}
