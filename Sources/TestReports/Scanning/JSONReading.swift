internal import Foundation
internal import RunModel

/// A report that is one JSON document, decoded when it is all there.
struct JSONDocumentParser<Document: Decodable>: ReportParser {
    private var bytes: [UInt8] = []
    private let subject: String
    private let limits: ReportLimits
    private let build: (Document, inout ResultCollector) throws(TestReportError) -> Void

    /// - Parameter build: adds the document's results and totals.
    init(
        _ type: Document.Type, format: String, limits: ReportLimits,
        build: @escaping (Document, inout ResultCollector) throws(TestReportError) -> Void
    ) {
        subject = format
        self.limits = limits
        self.build = build
    }

    mutating func consume(_ chunk: Span<UInt8>) throws(TestReportError) {
        // A document has to be in memory to be decoded: less of it than of what is streamed.
        let limit = min(limits.inputBytes, 256 << 20)
        guard bytes.count + chunk.count <= limit else { throw .tooLarge(subject, limit: limit) }
        // SAFETY: the pointer is read within the closure only; the array copies it.
        chunk.withUnsafeBufferPointer { bytes.append(contentsOf: $0) }
    }

    mutating func finish() throws(TestReportError) -> TestReport {
        var collector = ResultCollector(format: subject, limits: limits)
        do {
            let document = try JSONText.decode(Document.self, from: bytes)
            try build(document, &collector)
        } catch let error as TestReportError {
            throw error
        } catch {
            throw TestReportError(
                .malformed, subject: subject, reason: JSONText.reason(error),
                remedy: "See whether the runner was stopped while it wrote the file")
        }
        return collector.finish(isComplete: true)
    }
}

/// Decoding of JSON that comes from anywhere.
enum JSONText {
    static func decode<Value: Decodable>(_ type: Value.Type, from bytes: [UInt8]) throws -> Value {
        do {
            return try JSONDecoder().decode(type, from: Data(bytes))
        } catch {
            // Test output often holds bytes that are no UTF-8; as text they are replaced.
            guard String(validating: bytes, as: UTF8.self) == nil else { throw error }
            return try JSONDecoder().decode(
                type, from: Data(String(decoding: bytes, as: UTF8.self).utf8))
        }
    }

    /// What is wrong, without the text around it.
    static func reason(_ error: any Error) -> String {
        guard let error = error as? DecodingError else { return "it is not valid JSON" }
        switch error {
        case .keyNotFound(let key, let context):
            return "\(path(context)) has no \(key.stringValue)"
        case .typeMismatch(let type, let context), .valueNotFound(let type, let context):
            return "\(path(context)) is not a \(type)"
        case .dataCorrupted:
            return "it is not valid JSON, or ends in the middle"
        @unknown default:
            return "it is not valid JSON"
        }
    }

    private static func path(_ context: DecodingError.Context) -> String {
        let keys = context.codingPath.map { $0.intValue.map { "[\($0)]" } ?? $0.stringValue }
        return keys.isEmpty ? "the document" : keys.joined(separator: ".")
    }
}
