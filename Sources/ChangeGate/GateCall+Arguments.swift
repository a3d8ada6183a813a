internal import Guardrails

extension GateCall {
    /// Reads an ordinary call. Help, abbreviations, repetitions and whatever is wrong are left to the
    /// command of the full tool, which knows what to say of them.
    ///
    /// - Parameter arguments: those after `gate`.
    /// - Returns: `nil` where the full tool has to read them.
    package init?(arguments: [String]) {
        var values: [String: String] = [:]
        var scope: [String] = []
        var rest = arguments[...]
        while let argument = rest.popFirst() {
            guard argument.hasPrefix("--") else { return nil }
            let parts = argument.dropFirst(2).split(
                separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            let name = String(parts[0])
            var value = parts.count == 2 ? String(parts[1]) : ""
            if Self.flags.contains(name) {
                guard parts.count == 1 else { return nil }
            } else {
                if parts.count == 1 {
                    guard let next = rest.popFirst(), next == "-" || !next.hasPrefix("-") else {
                        return nil
                    }
                    value = next
                }
                guard Self.options.contains(name), !value.isEmpty else { return nil }
            }
            if name == "scope" {
                scope.append(value)
            } else {
                guard values.updateValue(value, forKey: name) == nil else { return nil }
            }
        }
        guard let base = values["base"], (values["head"] == nil) != (values["patch"] == nil),
            values["merge-base"] == nil || values["head"] != nil,
            let threshold = Threshold(rawValue: values["fail-on"] ?? Threshold.review.rawValue),
            let format = GateReportFormat(
                rawValue: values["format"] ?? GateReportFormat.text.rawValue)
        else { return nil }
        self.init(
            base: base, change: values["head"].map(Change.head) ?? .patch(values["patch"] ?? "-"))
        repository = values["repo"] ?? "."
        sinceMergeBase = values["merge-base"] != nil
        policy = values["policy"]
        self.scope = scope
        self.threshold = threshold
        self.format = format
    }

    private static let flags: Set<String> = ["merge-base"]
    private static let options: Set<String> = [
        "repo", "base", "head", "patch", "policy", "scope", "fail-on", "format",
    ]
}
