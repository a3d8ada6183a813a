import Foundation
import Testing

/// Documentation that names what is not there is worse than none.
@Suite struct DocumentationTests {
    static let documents =
        SourceTree.files(under: "docs/", ending: ".md")
        + SourceTree.files(under: "README.md", ending: ".md")
        + SourceTree.files(under: "CONTRIBUTING.md", ending: ".md")
        + SourceTree.files(under: "SECURITY.md", ending: ".md")

    static let roots = [
        "Sources/", "Tests/", "Policies/", "Containers/", "docs/", "Benchmarks/", ".ci/",
    ]

    @Test func documentedPathsExist() throws {
        for document in Self.documents {
            for match in document.text.matches(of: #/`([A-Za-z.][A-Za-z0-9_.\/-]*)`/#) {
                let path = String(match.1)
                guard Self.roots.contains(where: path.hasPrefix) else { continue }
                #expect(
                    FileManager.default.fileExists(atPath: "\(SourceTree.root)/\(path)"),
                    "\(document.path) names \(path)")
            }
            for match in document.text.matches(of: #/\]\(([^)#: ]+)(?:#[^)]*)?\)/#) {
                let folder = (document.path as NSString).deletingLastPathComponent
                let path = "\(SourceTree.root)/\(folder.isEmpty ? "" : folder + "/")\(match.1)"
                #expect(
                    FileManager.default.fileExists(atPath: path),
                    "\(document.path) links \(match.1)")
            }
        }
    }

    @Test func documentedMakeTargetsExist() throws {
        let makefile = try String(contentsOfFile: "\(SourceTree.root)/Makefile", encoding: .utf8)
        let targets = Set(makefile.matches(of: #/(?m)^([a-z-]+):/#).map { String($0.1) })
        #expect(targets.contains("demo") && targets.contains("test"))
        for document in Self.documents {
            for match in document.text.matches(of: #/`make ([a-z-]+)/#) {
                #expect(targets.contains(String(match.1)), "\(document.path): make \(match.1)")
            }
        }
    }

    @Test(arguments: [
        "Package.swift", "Sources", "Tests", "Policies", "Containers", "README.md", "LICENSE",
        "SECURITY.md", "CONTRIBUTING.md", ".ci/run", "docs/architecture.md",
        "docs/security-model.md",
    ])
    func requiredFilesExist(path: String) {
        #expect(FileManager.default.fileExists(atPath: "\(SourceTree.root)/\(path)"))
    }
}
