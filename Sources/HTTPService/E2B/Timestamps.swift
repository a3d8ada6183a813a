internal import Foundation

/// Times on the wire.
enum Timestamps {
    /// RFC 3339, UTC, with milliseconds.
    static func text(milliseconds: UInt64) -> String {
        text(
            seconds: Int64(milliseconds / 1000), nanoseconds: Int64(milliseconds % 1000) * 1_000_000
        )
    }

    static func text(seconds: Int64, nanoseconds: Int64) -> String {
        let date = Date(timeIntervalSince1970: Double(seconds))
        let base = date.formatted(.iso8601)
        let fraction = String(1_000_000_000 + nanoseconds).dropFirst()
        return base.dropLast() + "." + fraction + "Z"
    }

    static var nowMilliseconds: UInt64 { UInt64(Date().timeIntervalSince1970 * 1000) }

    static func milliseconds(of text: String) -> UInt64? {
        let style = Date.ISO8601FormatStyle(includingFractionalSeconds: text.contains("."))
        guard let date = try? style.parse(text), date.timeIntervalSince1970 >= 0 else { return nil }
        return UInt64(date.timeIntervalSince1970 * 1000)
    }
}
