import Foundation
import Testing

/// What the house rules of CONTRIBUTING.md ask, as far as text can show it.
@Suite struct StyleTests {
    /// Longer files, each with the reason why it is one thing.
    static let longFiles: [String: String] = [:]

    @Test func gitListsTheTree() {
        #expect(SourceTree.paths.contains("Package.swift"))
        #expect(!SourceTree.sources.isEmpty)
    }

    @Test func filesAreShort() {
        for file in SourceTree.sources where Self.longFiles[file.path] == nil {
            #expect(file.lines.count <= 401, "\(file.path) has \(file.lines.count) lines")
        }
    }

    @Test(arguments: [
        (pattern: #"(?<![\w.])v?fork\("#, why: "copies the parent's memory; LinuxKernel clones"),
        (pattern: #"\btry!"#, why: "traps on input"),
        (pattern: #"\bas! "#, why: "traps on input"),
        (pattern: #"\bDispatchQueue\.global"#, why: "unbounded threads"),
        (pattern: #"\bThread\.sleep"#, why: "blocks a shared thread"),
        (
            pattern: #"Mutex<\(?@?\(?[^<>{}]*->"#,
            why: "each reading adds a layer to a closure that a Mutex holds: put it in a structure"
        ),
        (pattern: #"\bFIXME\b|\bTODO\b|\bXXX\b"#, why: "unfinished work belongs in an issue"),
        (
            pattern: #"\bfatalError\("#,
            why: "errors are thrown; preconditions name programmer errors"
        ),
    ])
    func bannedCallsAreAbsent(pattern: String, why: String) throws {
        let expression = try NSRegularExpression(pattern: pattern)
        for file in SourceTree.sources {
            for (number, line) in file.lines.enumerated() {
                let text = Self.code(of: line)
                let range = NSRange(text.startIndex..., in: text)
                #expect(
                    expression.firstMatch(in: text, range: range) == nil,
                    "\(file.path):\(number + 1): \(why)")
            }
        }
    }

    @Test func onlyEdgesPrint() throws {
        // JSONText's printer has a method of that name.
        let edges: Set = ["CommandLineInterface", "JSONText", "drydock", "drydock-tool"]
        for file in SourceTree.sources where !edges.contains(file.target) {
            var isInText = false
            for (number, line) in file.lines.enumerated() {
                // Programs for other interpreters stand in multi-line literals.
                if line.matches(of: #/"""/#).count == 1 { isInText.toggle() }
                let text = Self.code(of: line).trimmingCharacters(in: .whitespaces)
                #expect(isInText || !text.hasPrefix("print("), "\(file.path):\(number + 1)")
            }
        }
    }

    @Test func uncheckedCodeSaysWhyItIsSafe() {
        let needles = ["@unchecked Sendable", "nonisolated(unsafe)", "unsafeBitCast("]
        for file in SourceTree.sources {
            let lines = file.lines
            for (number, line) in lines.enumerated()
            where needles.contains(where: { Self.code(of: line).contains($0) }) {
                let around = lines[max(0, number - 6)...min(number + 3, lines.count - 1)]
                let before = around.joined(separator: "\n")
                #expect(
                    before.contains("SAFETY:"), "\(file.path):\(number + 1) has no SAFETY comment")
            }
        }
    }

    @Test func foldersAreNamedByNouns() {
        let banned: Set = ["Utilities", "Utils", "Helpers", "Common", "Misc"]
        for path in SourceTree.paths where path.hasPrefix("Sources/") || path.hasPrefix("Tests/") {
            let parts = path.split(separator: "/").map(String.init)
            #expect(banned.isDisjoint(with: parts), "\(path)")
        }
    }

    @Test func nothingNamesTheMachineItWasBuiltOn() throws {
        // "/work" alone is where a worktree is, inside.
        let roots = ["main", "wt", "shared", "briefs", ".library"].map { "/" + "work/" + $0 }
        for path in SourceTree.paths where !path.contains("/Fixtures/") {
            guard let data = FileManager.default.contents(atPath: "\(SourceTree.root)/\(path)"),
                let text = String(data: data, encoding: .utf8)
            else { continue }
            for root in roots { #expect(!text.contains(root), "\(path) names \(root)") }
        }
    }

    @Test func noFileIsLarge() throws {
        for path in SourceTree.paths where !path.contains("/Fixtures/") {
            let attributes = try FileManager.default.attributesOfItem(
                atPath: "\(SourceTree.root)/\(path)")
            let size = (attributes[.size] as? Int) ?? 0
            #expect(size <= 256 << 10, "\(path) has \(size) bytes")
        }
    }

    /// The line without string literals and comments, roughly: enough for words that stand in code.
    static func code(of line: Substring) -> String {
        var result = ""
        var inString = false
        var previous: Character = " "
        for character in line {
            if character == "\"", previous != "\\" { inString.toggle() }
            if !inString {
                if character == "/", previous == "/" {
                    result.removeLast()
                    break
                }
                result.append(character)
            }
            previous = character
        }
        return result
    }
}
