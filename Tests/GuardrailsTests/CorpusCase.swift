import Foundation
import Guardrails
import RunModel

/// A small constructed change with the verdict that the default policy must give.
///
/// Kept as text in `Corpus/*.txt`:
///
///     @@@@ cheat | block | rule | what it does
///     @@@@ base path
///     content
///     @@@@ head path
///     content
struct CorpusCase: Sendable, CustomStringConvertible {
    var isCheat: Bool
    var verdict: String
    /// The rule that must be among the findings; "-" for honest changes.
    var rule: String
    var title: String
    var base: [String: ExampleFile] = [:]
    var head: [String: ExampleFile] = [:]

    var description: String {
        "\(rule): \(title) (\((base.keys.sorted() + head.keys.sorted()).first ?? ""))"
    }

    func judge() async throws -> GateReport {
        let gate = Gate(policy: try PolicyLoader.shipped("default"), today: "2026-01-01")
        return try await gate.judge(
            base: "base", head: "head", baseTree: MemoryTreeReader.baseTree,
            headTree: MemoryTreeReader.headTree,
            reader: MemoryTreeReader(base: base, head: head))
    }

    static let all: [CorpusCase] = {
        let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
            .appendingPathComponent("Corpus")
        let names = (try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []
        return names.filter { $0.hasSuffix(".txt") }.sorted().flatMap { name in
            let file = folder.appendingPathComponent(name)
            return read((try? String(contentsOf: file, encoding: .utf8)) ?? "")
        }
    }()

    private static func read(_ text: String) -> [CorpusCase] {
        var cases: [CorpusCase] = []
        var target: (isBase: Bool, path: String)?
        var content = ""
        func finish() {
            guard let target, !cases.isEmpty else { return }
            let file = ExampleFile(stringLiteral: content)
            if target.isBase {
                cases[cases.count - 1].base[target.path] = file
            } else {
                cases[cases.count - 1].head[target.path] = file
            }
        }
        for line in text.split(separator: "\n", omittingEmptySubsequences: false).dropLast() {
            guard line.hasPrefix("@@@@ ") else {
                content += line + "\n"
                continue
            }
            finish()
            target = nil
            content = ""
            let rest = line.dropFirst(5)
            if rest.hasPrefix("base ") {
                target = (true, String(rest.dropFirst(5)))
            } else if rest.hasPrefix("head ") {
                target = (false, String(rest.dropFirst(5)))
            } else {
                let parts = rest.components(separatedBy: " | ")
                guard parts.count == 4 else { continue }
                cases.append(
                    CorpusCase(
                        isCheat: parts[0] == "cheat", verdict: parts[1], rule: parts[2],
                        title: parts[3]))
            }
        }
        finish()
        return cases
    }
}
