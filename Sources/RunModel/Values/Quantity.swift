/// Sizes and times as people write them: `512MiB`, `1.5GiB`, `90s`, `2m`, `250ms`.
///
/// Shared by the command line and the policy files, so both accept and refuse the same text.
package enum Quantity {
    /// Bytes in `text`: a number with `B`, `KiB`, `MiB`, `GiB` or `TiB`; no unit means bytes.
    ///
    /// `KB`, `M` and the like are refused rather than guessed at: they differ by up to 10 %.
    package static func bytes(_ text: String) throws(QuantityError) -> UInt64 {
        let units: [(String, UInt64)] = [
            ("B", 1), ("KiB", 1 << 10), ("MiB", 1 << 20), ("GiB", 1 << 30), ("TiB", 1 << 40),
        ]
        return try scaled(text, kind: "size", units: units, plain: 1, example: "512MiB")
    }

    /// Milliseconds in `text`: a number with `ms`, `s`, `m` or `h`. A bare number is refused, because
    /// half of all tools mean seconds by it and half milliseconds.
    package static func milliseconds(_ text: String) throws(QuantityError) -> UInt64 {
        let units: [(String, UInt64)] = [("ms", 1), ("s", 1000), ("m", 60_000), ("h", 3_600_000)]
        return try scaled(text, kind: "time", units: units, plain: nil, example: "90s")
    }

    /// `bytes` in the largest unit that divides it, as ``bytes(_:)`` reads it.
    package static func describe(bytes: UInt64) -> String {
        for (unit, shift) in [("TiB", 40), ("GiB", 30), ("MiB", 20), ("KiB", 10)]
            as [(String, UInt64)]
        where bytes >= 1 << shift && bytes.isMultiple(of: 1 << shift) {
            return "\(bytes >> shift)\(unit)"
        }
        return "\(bytes)B"
    }

    /// `milliseconds` in the largest unit that divides it, as ``milliseconds(_:)`` reads it.
    package static func describe(milliseconds: UInt64) -> String {
        for (unit, factor) in [("h", 3_600_000), ("m", 60_000), ("s", 1000)] as [(String, UInt64)]
        where milliseconds >= factor && milliseconds.isMultiple(of: factor) {
            return "\(milliseconds / factor)\(unit)"
        }
        return "\(milliseconds)ms"
    }

    private static func scaled(
        _ text: String, kind: String, units: [(String, UInt64)], plain: UInt64?, example: String
    ) throws(QuantityError) -> UInt64 {
        let number = text.prefix { $0.isASCII && ($0.isNumber || $0 == ".") }
        let suffix = text.dropFirst(number.count)
        let factor = suffix.isEmpty ? plain : units.first { $0.0 == suffix }?.1
        guard !number.isEmpty, let factor else {
            throw QuantityError(
                text: text, kind: kind, units: units.map(\.0), example: example, problem: .malformed
            )
        }
        guard let value = product(of: number, factor: factor) else {
            throw QuantityError(
                text: text, kind: kind, units: units.map(\.0), example: example, problem: .tooLarge)
        }
        guard value > 0 else {
            throw QuantityError(
                text: text, kind: kind, units: units.map(\.0), example: example, problem: .zero)
        }
        return value
    }

    /// Exact for integers of any size that fits; fractions have at most three digits.
    private static func product(of number: Substring, factor: UInt64) -> UInt64? {
        let parts = number.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count <= 2, let whole = UInt64(parts[0]) else { return nil }
        let (scaled, overflow) = whole.multipliedReportingOverflow(by: factor)
        guard !overflow else { return nil }
        guard parts.count == 2 else { return scaled }
        guard (1...3).contains(parts[1].count), let digits = UInt64(parts[1]) else { return nil }
        var divisor: UInt64 = 1
        for _ in 0..<parts[1].count { divisor *= 10 }
        // factor is at most 2^40 and digits at most 999: no overflow.
        let (sum, carried) = scaled.addingReportingOverflow(factor * digits / divisor)
        return carried ? nil : sum
    }
}

/// A size or time that could not be read.
package struct QuantityError: Error, Sendable, Equatable, CustomStringConvertible {
    /// What is wrong with the text.
    package enum Problem: Sendable, Equatable { case malformed, tooLarge, zero }

    package var text: String
    /// `size` or `time`.
    package var kind: String
    package var units: [String]
    package var example: String
    package var problem: Problem

    package var description: String {
        let shown = "\"\(text.prefix(40))\""
        return switch problem {
        case .malformed:
            "\(shown) is not a \(kind): write a number and one of "
                + "\(units.joined(separator: ", ")), such as \(example)"
        case .tooLarge: "\(shown) is out of range for a \(kind): write one such as \(example)"
        case .zero: "\(shown) allows nothing: write a \(kind) above zero, such as \(example)"
        }
    }
}
