/// Path patterns as `drydock.yaml` writes them: `*` within a component, `?` one character, `**` any
/// number of components; a pattern without a slash matches the last component anywhere, and one
/// that begins with a slash only from the root.
package struct PathPatterns: Sendable, Equatable {
    package var patterns: [String]

    package init(_ patterns: [String]) { self.patterns = patterns }

    package func matches(_ path: String) -> Bool {
        let components = path.split(separator: "/", omittingEmptySubsequences: false)
        return patterns.contains { pattern in
            let isAnchored = pattern.hasPrefix("/")
            let parts = pattern.dropFirst(isAnchored ? 1 : 0)
                .split(separator: "/", omittingEmptySubsequences: false)
            if !isAnchored, parts.count == 1, let last = components.last, parts[0] != "**" {
                return Self.component(Array(parts[0].utf8), matches: Array(last.utf8))
            }
            return Self.list(parts[...], matches: components[...])
        }
    }

    private static func list(
        _ parts: ArraySlice<Substring>, matches components: ArraySlice<Substring>
    ) -> Bool {
        guard let first = parts.first else { return components.isEmpty }
        if first == "**" {
            let rest = parts.dropFirst()
            return (components.startIndex...components.endIndex).contains {
                list(rest, matches: components[$0...])
            }
        }
        guard let component = components.first,
            self.component(Array(first.utf8), matches: Array(component.utf8))
        else { return false }
        return list(parts.dropFirst(), matches: components.dropFirst())
    }

    /// Greedy matching with one point to come back to: linear in practice, never exponential.
    private static func component(_ pattern: [UInt8], matches text: [UInt8]) -> Bool {
        var patternIndex = 0
        var textIndex = 0
        var star: (pattern: Int, text: Int)?
        while textIndex < text.count {
            if patternIndex < pattern.count, pattern[patternIndex] == UInt8(ascii: "*") {
                star = (patternIndex, textIndex)
                patternIndex += 1
            } else if patternIndex < pattern.count,
                pattern[patternIndex] == text[textIndex]
                    || pattern[patternIndex] == UInt8(ascii: "?")
            {
                patternIndex += 1
                textIndex += 1
            } else if let back = star {
                patternIndex = back.pattern + 1
                textIndex = back.text + 1
                star = (back.pattern, textIndex)
            } else {
                return false
            }
        }
        return pattern[patternIndex...].allSatisfy { $0 == UInt8(ascii: "*") }
    }
}
