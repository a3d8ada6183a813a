/// A path glob: `*` and `?` stay within a component, `**` crosses them; a pattern without a slash
/// is matched against the last component too, as in `.gitignore`.
package struct PathPattern: Sendable, Equatable {
    private let pattern: [UInt8]

    package init(_ text: String) {
        pattern = text.hasSuffix("/") ? Array((text + "**").utf8) : Array(text.utf8)
    }

    package func matches(_ path: String) -> Bool {
        let bytes = Array(path.utf8)
        if Self.match(pattern[...], bytes[...]) { return true }
        guard !pattern.contains(UInt8(ascii: "/")) else { return false }
        let last = bytes.lastIndex(of: UInt8(ascii: "/")).map { bytes[($0 + 1)...] } ?? bytes[...]
        return Self.match(pattern[...], last)
    }

    /// Iterative with one resumption point for each kind of star: linear in practice, quadratic
    /// at worst, never exponential.
    private static func match(_ pattern: ArraySlice<UInt8>, _ text: ArraySlice<UInt8>) -> Bool {
        let (star, slash) = (UInt8(ascii: "*"), UInt8(ascii: "/"))
        var (p, t) = (pattern.startIndex, text.startIndex)
        var single: (p: Int, t: Int)?
        var double: (p: Int, t: Int)?
        while t < text.endIndex {
            if p < pattern.endIndex, pattern[p] == star {
                if p + 1 < pattern.endIndex, pattern[p + 1] == star {
                    p += 2
                    // `a/**/b` also means `a/b`.
                    if p < pattern.endIndex, pattern[p] == slash { p += 1 }
                    (double, single) = ((p, t), nil)
                } else {
                    p += 1
                    single = (p, t)
                }
                continue
            }
            if p < pattern.endIndex,
                pattern[p] == text[t] || (pattern[p] == UInt8(ascii: "?") && text[t] != slash)
            {
                (p, t) = (p + 1, t + 1)
                continue
            }
            if let resume = single, text[resume.t] != slash {
                single = (resume.p, resume.t + 1)
                (p, t) = (resume.p, resume.t + 1)
            } else if let resume = double {
                (double, single) = ((resume.p, resume.t + 1), nil)
                (p, t) = (resume.p, resume.t + 1)
            } else {
                return false
            }
        }
        while p < pattern.endIndex, pattern[p] == star { p += 1 }
        return p == pattern.endIndex
    }
}
