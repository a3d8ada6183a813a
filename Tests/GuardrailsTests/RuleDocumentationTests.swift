import Foundation
import Guardrails
import Testing

@Suite("Rule documentation is generated and current")
struct RuleDocumentationTests {
    private let folder: String = {
        let root = #filePath.split(separator: "/").dropLast(3).joined(separator: "/")
        return "/\(root)/docs/rules"
    }()

    /// `UPDATE_DOCS=1 swift test --filter RuleDocumentationTests` writes the pages.
    @Test("every page is what its rule says")
    func pagesAreCurrent() throws {
        var wanted = ["README.md": RuleDocumentation.index()]
        for rule in RuleCatalog.all {
            wanted["\(rule.metadata.id).md"] = RuleDocumentation.page(for: rule)
        }
        if ProcessInfo.processInfo.environment["UPDATE_DOCS"] == "1" {
            try FileManager.default.createDirectory(
                atPath: folder, withIntermediateDirectories: true)
            for (name, text) in wanted {
                try text.write(toFile: "\(folder)/\(name)", atomically: true, encoding: .utf8)
            }
        }
        #expect(
            try FileManager.default.contentsOfDirectory(atPath: folder).sorted()
                == wanted.keys.sorted())
        for (name, text) in wanted {
            #expect(
                try String(contentsOfFile: "\(folder)/\(name)", encoding: .utf8) == text, "\(name)")
        }
    }
}
