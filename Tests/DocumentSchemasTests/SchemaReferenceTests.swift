import DocumentSchemas
import Foundation
import JSONText
import Testing

@Suite struct SchemaReferenceTests {
    private static let folder: String = {
        let root = #filePath.split(separator: "/").dropLast(3).joined(separator: "/")
        return "/\(root)/docs/reference/schemas"
    }()

    /// `UPDATE_DOCS=1 swift test --filter SchemaReferenceTests` writes the files.
    @Test func everyFileIsWhatItsTypeSays() throws {
        let files = FileManager.default
        let wanted = try Dictionary(
            uniqueKeysWithValues: DocumentCatalog.all.map {
                ($0.fileName, try $0.jsonSchema().text(.indented) + "\n")
            })
        if ProcessInfo.processInfo.environment["UPDATE_DOCS"] == "1" {
            try files.createDirectory(atPath: Self.folder, withIntermediateDirectories: true)
            for (name, text) in wanted {
                try text.write(
                    toFile: "\(Self.folder)/\(name)", atomically: true, encoding: .utf8)
            }
        }
        #expect(try files.contentsOfDirectory(atPath: Self.folder).sorted() == wanted.keys.sorted())
        for (name, text) in wanted {
            let path = "\(Self.folder)/\(name)"
            #expect(try String(contentsOfFile: path, encoding: .utf8) == text, "\(name)")
        }
    }

    /// The keys of the contract, written out by hand: a type that loses one fails here.
    @Test(arguments: [
        (
            "drydock.run/v1",
            [
                "command", "outcome", "exit_code", "signal", "limits_hit", "started_at", "setup_ms",
                "wall_ms", "usage", "limits", "isolation", "stdout", "stderr", "denials",
                "connections", "changes", "tree",
            ]
        ),
        (
            "drydock.gate/v1",
            ["verdict", "base", "head", "tree", "policy", "findings", "statistics"]
        ),
        (
            "drydock.verify/v1",
            [
                "verdict", "reasons", "tree", "tests", "canaries", "channels", "runs",
                "attestation",
            ]
        ),
        ("drydock.triage/v1", ["class", "reasons", "tests", "culprit", "causal_hunks", "runs"]),
        (
            "drydock.heal/v1",
            [
                "outcome", "incident", "triage", "attempts", "pull_request", "escalation", "budget",
            ]
        ),
    ])
    func theContractsKeysAreThere(schema: String, keys: [String]) throws {
        let entry = try #require(DocumentCatalog.all.first { $0.schema == schema })
        let document = try entry.jsonSchema()
        for key in keys + ["schema"] {
            #expect(document["properties"]?[key] != nil, "\(schema) has no \(key)")
        }
        #expect(document["properties"]?["schema"]?["const"]?.stringValue == schema)
    }

    @Test func catalogueIsSorted() {
        let schemas = DocumentCatalog.all.map(\.schema)
        #expect(schemas == schemas.sorted())
    }
}
