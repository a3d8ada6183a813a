import Foundation
import RunModel
import Testing

@testable import Verification

@Suite struct ReasonCodeTests {
    /// The published lists are these catalogues, word for word.
    @Test func publishedListsAreCurrent() throws {
        let page = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
            .deletingLastPathComponent().deletingLastPathComponent()
            .appending(path: "docs/reference/reasons.md")
        let text = try String(contentsOf: page, encoding: .utf8)
        let rows = text.split(separator: "\n").filter { $0.hasPrefix("| `") }.map(String.init)
        let ofTriage = TriageReasonCode.allCases.sorted { $0.rawValue < $1.rawValue }.map {
            "| `\($0.rawValue)` | \($0.remedy) |"
        }
        let expected = ReasonCode.allCases.sorted { $0.rawValue < $1.rawValue }.map {
            "| `\($0.rawValue)` | \($0.verdict.rawValue) | \($0.remedy) |"
        }
        #expect(rows == expected + ofTriage)
    }
}
