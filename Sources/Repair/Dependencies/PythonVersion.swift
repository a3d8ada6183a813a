/// A version in the order of PEP 440, local versions and rare spellings left out.
package struct PythonVersion: Sendable, Comparable, CustomStringConvertible {
    package let description: String
    private let epoch: Int
    private let release: [Int]
    /// Development, alpha, beta, candidate, final, post: -4 ... 1, then its number.
    private let phase: Int
    private let phaseNumber: Int

    package var isPrerelease: Bool { phase < 0 }

    package init?(_ text: String) {
        description = text
        var rest = Substring(text.lowercased())
        if rest.first == "v" { rest = rest.dropFirst() }
        if let mark = rest.firstIndex(of: "!") {
            guard let number = Int(rest[..<mark]) else { return nil }
            epoch = number
            rest = rest[rest.index(after: mark)...]
        } else {
            epoch = 0
        }
        if let local = rest.firstIndex(of: "+") { rest = rest[..<local] }
        var numbers: [Int] = []
        while let number = Self.number(&rest) {
            numbers.append(number)
            guard rest.first == ".", rest.dropFirst().first?.isNumber == true else { break }
            rest = rest.dropFirst()
        }
        guard !numbers.isEmpty else { return nil }
        while numbers.count > 1, numbers.last == 0 { numbers.removeLast() }
        release = numbers
        rest = rest.drop { ".-_".contains($0) }
        let tags: [(String, Int)] = [
            ("dev", -4), ("alpha", -3), ("beta", -2), ("a", -3), ("b", -2), ("preview", -1),
            ("pre", -1), ("rc", -1), ("c", -1), ("post", 1), ("rev", 1), ("r", 1),
        ]
        if rest.isEmpty {
            (phase, phaseNumber) = (0, 0)
        } else if let tag = tags.first(where: { rest.hasPrefix($0.0) }) {
            rest = rest.dropFirst(tag.0.count).drop { ".-_".contains($0) }
            (phase, phaseNumber) = (tag.1, Self.number(&rest) ?? 0)
        } else {
            return nil
        }
    }

    package static func < (left: PythonVersion, right: PythonVersion) -> Bool {
        if left.epoch != right.epoch { return left.epoch < right.epoch }
        if left.release != right.release {
            return left.release.lexicographicallyPrecedes(right.release)
        }
        return (left.phase, left.phaseNumber) < (right.phase, right.phaseNumber)
    }

    package static func == (left: PythonVersion, right: PythonVersion) -> Bool {
        !(left < right) && !(right < left)
    }

    private static func number(_ text: inout Substring) -> Int? {
        let digits = text.prefix { $0.isASCII && $0.isNumber }
        guard !digits.isEmpty, digits.count < 10 else { return nil }
        text = text.dropFirst(digits.count)
        return Int(digits)
    }
}
