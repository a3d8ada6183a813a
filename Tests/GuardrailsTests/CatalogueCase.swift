import Foundation
import Guardrails
import RunModel

/// One cheat of a row of the catalogue, in one language, with the verdict of the default policy.
///
/// A row is a file of `Catalogue`: first what it is, then its cases, each a change as a diff.
///
///     # What the cheat does.
///     @@@@ block | rule | language | how
///     @@@@ diff path          lines with " ", "-" or "+" before them
///     @@@@ keep path          a file that does not change, whole
///     @@@@ rename old new     likewise, under another name
///     @@@@ executable path    a diff of a file that may be executed
///     @@@@ mode path          a file, whole, that becomes executable
///     @@@@ link path target   becomes a symbolic link
///     @@@@ submodule path commit
struct CatalogueCase: Sendable, CustomStringConvertible {
    var row: String
    var verdict: String
    var rule: String
    var language: String
    var title: String
    var base: [String: ExampleFile] = [:]
    var head: [String: ExampleFile] = [:]

    var description: String { "\(row), \(language): \(title)" }

    static let all = read(folder: "Catalogue")

    static func read(folder name: String) -> [CatalogueCase] {
        let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
            .appendingPathComponent(name)
        let names = (try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []
        return names.filter { $0.hasSuffix(".txt") }.sorted().flatMap { name in
            let file = folder.appendingPathComponent(name)
            return read(
                (try? String(contentsOf: file, encoding: .utf8)) ?? "",
                row: String(name.dropLast(".txt".count)))
        }
    }

    func judge() async throws -> GateReport {
        let gate = Gate(policy: try PolicyLoader.shipped("default"), today: "2026-01-01")
        return try await gate.judge(
            base: "base", head: "head", baseTree: MemoryTreeReader.baseTree,
            headTree: MemoryTreeReader.headTree,
            reader: MemoryTreeReader(base: base, head: head))
    }

    private static func read(_ text: String, row: String) -> [CatalogueCase] {
        var cases: [CatalogueCase] = []
        var directive: [String] = []
        var lines: [String] = []
        func finish() {
            if let index = cases.indices.last { cases[index].apply(directive, lines) }
            directive = []
            lines = []
        }
        for line in text.split(separator: "\n", omittingEmptySubsequences: false).dropLast() {
            guard line.hasPrefix("@@@@ ") else {
                lines.append(String(line))
                continue
            }
            finish()
            let rest = String(line.dropFirst(5))
            let parts = rest.components(separatedBy: " | ")
            if parts.count == 4 {
                cases.append(
                    CatalogueCase(
                        row: row, verdict: parts[0], rule: parts[1], language: parts[2],
                        title: parts[3]))
            } else {
                directive = rest.components(separatedBy: " ")
            }
        }
        finish()
        return cases
    }

    private mutating func apply(_ directive: [String], _ lines: [String]) {
        guard directive.count >= 2 else { return }
        let path = directive[1]
        let last = directive[directive.count - 1]
        let whole = ExampleFile(lines.map { $0 + "\n" }.joined())
        switch directive[0] {
        case "keep":
            base[path] = whole
            head[path] = whole
        case "rename":
            base[path] = whole
            head[last] = whole
        case "mode":
            base[path] = whole
            head[path] = ExampleFile(bytes: whole.bytes, mode: FileMode.executable)
        case "link": head[path] = .symbolicLink(to: last)
        case "submodule": head[path] = .submodule(commit: last)
        default:
            let mode = directive[0] == "executable" ? FileMode.executable : FileMode.regular
            base[path] = Self.side("-", of: lines, mode)
            head[path] = Self.side("+", of: lines, mode)
        }
    }

    /// A side of a diff; `nil` where it has no line, as the file is not there then.
    private static func side(
        _ sign: Character, of lines: [String], _ mode: UInt32
    ) -> ExampleFile? {
        let text = lines.filter { $0.first == sign || $0.first == " " || $0.isEmpty }
            .map { $0.dropFirst() + "\n" }.joined()
        return text.isEmpty ? nil : ExampleFile(bytes: Array(text.utf8), mode: mode)
    }
}
