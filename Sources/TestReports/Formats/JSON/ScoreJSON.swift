internal import RunModel

/// The results of an evaluation suite: scores, with or without thresholds.
///
/// ```json
/// {"scores": {"summarise": 0.91, "translate": {"score": 0.7, "threshold": 0.8}}}
/// ```
package struct ScoreJSON: ReportFormat {
    package init() {}

    package let id = "scores"
    package let summary = "scores of an evaluation suite: {\"scores\": {\"name\": 0.9}}"

    package func recognises(_ head: ReportHead) -> Bool {
        guard head.firstByte == UInt8(ascii: "{") else { return false }
        return head.text.dropFirst(1).drop(while: \.isWhitespace).hasPrefix("\"scores\"")
    }

    package func makeParser(_ context: ReportContext) -> any ReportParser {
        JSONDocumentParser(Document.self, format: id, limits: context.limits) {
            (document, collector) throws(TestReportError) in
            for (name, entry) in document.scores.sorted(by: { $0.key < $1.key }) {
                let isBelow = entry.threshold.map { !(entry.score >= $0) } ?? false
                try collector.add(
                    TestResult(
                        id: name, status: isBelow ? .failed : .passed,
                        message: isBelow ? "the score is below its threshold" : nil,
                        score: entry.score, threshold: entry.threshold))
            }
        }
    }

    private struct Document: Decodable {
        var scores: [String: Entry]
    }

    private struct Entry: Decodable {
        var score: Double
        var threshold: Double?

        enum CodingKeys: CodingKey {
            case score, threshold
        }

        init(from decoder: any Decoder) throws {
            if let plain = try? decoder.singleValueContainer().decode(Double.self) {
                score = plain
                return
            }
            let container = try decoder.container(keyedBy: CodingKeys.self)
            score = try container.decode(Double.self, forKey: .score)
            threshold = try container.decodeIfPresent(Double.self, forKey: .threshold)
        }
    }
}
