internal import Digests

/// Which trace goes on here, and below which span: W3C Trace Context
/// (https://www.w3.org/TR/trace-context/), as a request's `traceparent` and as the variable
/// `TRACEPARENT` that a CI job hands to what it runs.
package struct TraceParent: Sendable, Equatable {
    /// OpenTelemetry's name of the variable.
    package static let variable = "TRACEPARENT"

    /// 16 bytes.
    package var traceID: [UInt8]
    /// 8 bytes.
    package var spanID: [UInt8]
    /// Whether whoever began the trace records it.
    package var isSampled: Bool

    package init(traceID: [UInt8], spanID: [UInt8], isSampled: Bool = true) {
        self.traceID = traceID
        self.spanID = spanID
        self.isSampled = isSampled
    }

    /// `nil` for what is none; a later version than 00 may have more parts.
    package init?(_ text: String) {
        let parts = text.split(separator: "-", omittingEmptySubsequences: false)
        guard parts.count >= 4, parts[0] != "ff", parts[0] != "00" || parts.count == 4,
            Self.bytes(parts[0], 1) != nil, let trace = Self.bytes(parts[1], 16),
            let span = Self.bytes(parts[2], 8), let flags = Self.bytes(parts[3], 1),
            trace.contains(where: { $0 != 0 }), span.contains(where: { $0 != 0 })
        else { return nil }
        self.init(traceID: trace, spanID: span, isSampled: flags[0] & 1 == 1)
    }

    package var text: String {
        "00-\(Hexadecimal.encode(traceID))-\(Hexadecimal.encode(spanID))-\(isSampled ? "01" : "00")"
    }

    /// Uppercase digits are none here.
    private static func bytes(_ text: Substring, _ count: Int) -> [UInt8]? {
        guard text.utf8.count == count * 2, !text.utf8.contains(where: { (65...70).contains($0) })
        else {
            return nil
        }
        return Hexadecimal.decode(String(text))
    }
}
