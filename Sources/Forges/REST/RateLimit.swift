internal import Foundation

/// Whether an answer asks to wait, and how long.
///
/// GitHub says so by 403 or 429 with `Retry-After` (secondary limits) or `x-ratelimit-remaining: 0`
/// and `x-ratelimit-reset` in epoch seconds (primary); GitLab by 429 with `Retry-After` or
/// `RateLimit-Reset`
/// (https://docs.github.com/rest/using-the-rest-api/rate-limits-for-the-rest-api,
/// https://docs.gitlab.com/administration/settings/user_and_ip_rate_limits).
enum RateLimit {
    /// GitHub asks for a minute where it says nothing.
    static let defaultSeconds = 60.0

    /// - Returns: seconds to wait; `nil` when the answer is not about a limit.
    static func wait(_ response: ForgeResponse, nowSeconds: Double) -> Double? {
        guard [403, 429].contains(response.status) else { return nil }
        if let text = response.headers["retry-after"] {
            if let seconds = Double(text) { return max(0, seconds) }
            if let date = httpDate(text) { return max(0, date - nowSeconds) }
        }
        let isUsedUp =
            response.headers["x-ratelimit-remaining"] == "0"
            || response.headers["ratelimit-remaining"] == "0"
        let reset = response.headers["x-ratelimit-reset"] ?? response.headers["ratelimit-reset"]
        if isUsedUp, let reset = reset.flatMap(Double.init) { return max(0, reset - nowSeconds) }
        let text = String(decoding: response.body.prefix(4_096), as: UTF8.self).lowercased()
        let isNamed = text.contains("rate limit") || text.contains("abuse detection")
        return response.status == 429 || isUsedUp || isNamed ? defaultSeconds : nil
    }

    private static func httpDate(_ text: String) -> Double? {
        let formatter = DateFormatter()
        formatter.locale = Locale(identifier: "en_US_POSIX")
        formatter.timeZone = TimeZone(identifier: "GMT")
        formatter.dateFormat = "EEE, dd MMM yyyy HH:mm:ss zzz"
        return formatter.date(from: text)?.timeIntervalSince1970
    }
}
