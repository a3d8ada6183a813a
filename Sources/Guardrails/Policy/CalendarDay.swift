internal import Glibc

/// A day as policies write it: `YYYY-MM-DD`. Texts of days compare as the days do.
package struct CalendarDay: Sendable, Equatable {
    package let text: String

    /// - Returns: `nil` unless the text is a day of the Gregorian calendar.
    package init?(_ text: String) {
        let parts = text.split(separator: "-", omittingEmptySubsequences: false)
        guard parts.count == 3, parts.map(\.count) == [4, 2, 2],
            parts.allSatisfy({ $0.utf8.allSatisfy { (0x30...0x39).contains($0) } }),
            let year = Int(parts[0]), let month = Int(parts[1]), let day = Int(parts[2]),
            (1...12).contains(month)
        else { return nil }
        let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
        let lengths = [31, leap ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]
        guard (1...lengths[month - 1]).contains(day) else { return nil }
        self.text = text
    }

    /// This day, UTC. A calendar or a formatter would load the tables of all time zones for it.
    package static func today() -> String {
        var now = time(nil)
        var parts = tm()
        gmtime_r(&now, &parts)
        let fields = [Int(parts.tm_year) + 1900, Int(parts.tm_mon) + 1, Int(parts.tm_mday)]
        return fields.map { $0 < 10 ? "0\($0)" : "\($0)" }.joined(separator: "-")
    }
}
