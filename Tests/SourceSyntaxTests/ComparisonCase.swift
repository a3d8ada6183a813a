import Foundation
import SourceSyntax

/// A test file before and after, and what a careful reader would say happened.
///
/// Kept as text in `Fixtures/comparison-*.txt`:
///
///     ### path | what was done | kinds of change, or "nothing"
///     the file before
///     --- becomes
///     the file after
struct ComparisonCase: Sendable, CustomStringConvertible {
    var path: String
    var title: String
    var base: String
    var head: String
    var expected: [String]

    var description: String { "\(path): \(title)" }

    func changes() throws -> [TestChange] {
        guard let profile = LanguageCatalog.profile(path: path) else { return [] }
        return TestComparison(
            base: [try TestCensus(Array(base.utf8), path: path, profile: profile)],
            head: [try TestCensus(Array(head.utf8), path: path, profile: profile)]
        ).changes
    }

    static let all: [ComparisonCase] = {
        let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
            .appendingPathComponent("Fixtures")
        let names = (try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []
        return names.filter { $0.hasPrefix("comparison-") }.sorted().flatMap { name in
            let file = folder.appendingPathComponent(name)
            return read((try? String(contentsOf: file, encoding: .utf8)) ?? "")
        }
    }()

    private static func read(_ text: String) -> [ComparisonCase] {
        var cases: [ComparisonCase] = []
        var isHead = false
        for line in text.split(separator: "\n", omittingEmptySubsequences: false).dropLast() {
            if line.hasPrefix("### ") {
                let parts = line.dropFirst(4).components(separatedBy: " | ")
                guard parts.count == 3 else { continue }
                let kinds = parts[2].split(separator: " ").map(String.init)
                cases.append(
                    ComparisonCase(
                        path: parts[0], title: parts[1], base: "", head: "",
                        expected: kinds == ["nothing"] ? [] : kinds.sorted()))
                isHead = false
            } else if line == "--- becomes" {
                isHead = true
            } else if !cases.isEmpty {
                if isHead {
                    cases[cases.count - 1].head += line + "\n"
                } else {
                    cases[cases.count - 1].base += line + "\n"
                }
            }
        }
        return cases
    }
}
