/// A text that tells something about a log line.
struct LogSignature: Sendable {
    enum Place: Sendable {
        case anywhere
        /// At the beginning of the line, after time stamps and indentation.
        case start
        /// The whole line.
        case whole
    }

    /// How much it proves.
    enum Weight: Int, Sendable, Comparable {
        /// Takes the meaning out of generic words, such as `0 errors`.
        case harmless = 0
        /// A word such as `error` that stands in many lines.
        case generic = 1
        /// Typical for its class.
        case typical = 4
        /// Leaves no doubt.
        case decisive = 10

        static func < (left: Weight, right: Weight) -> Bool { left.rawValue < right.rawValue }
    }

    /// In lower case: matching ignores case.
    var text: String
    /// `nil` for generic and harmless words.
    var failure: FailureClass?
    var weight: Weight
    var place: Place

    /// Whether it decides a line in which both stand.
    func provesMore(than other: LogSignature?) -> Bool {
        guard let other, weight == other.weight else {
            return weight > other?.weight ?? .harmless
        }
        return failure?.precedence ?? .max < other.failure?.precedence ?? .max
    }

    init(
        _ text: String, _ failure: FailureClass?, _ weight: Weight, _ place: Place = .anywhere
    ) {
        self.text = text
        self.failure = failure
        self.weight = weight
        self.place = place
    }
}
