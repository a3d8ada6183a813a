import Foundation
import Testing

/// The arrows of docs/architecture.md that the package manifest cannot express.
@Suite struct ArchitectureTests {
    /// Modules of others, and the only target that may import each.
    static let onlyImporters: [String: Set<String>] = [
        "ArgumentParser": ["CommandLineInterface"],
        "AsyncHTTPClient": ["HTTPTransport"],
        "CBase64": ["HTTPService"],
        "CGit2": ["GitWorktrees"],
        "CHyperscan": ["Guardrails"],
        "CSeccomp": ["SeccompCompiler"],
        "CTreeSitter": ["SourceSyntax"],
        "CZlib": ["HTTPService"],
        "Crypto": ["Digests"],
        "GRDB": ["RunStore"],
        "Hummingbird": ["HTTPService"],
        "HummingbirdCore": ["HTTPService"],
        "HummingbirdTLS": ["HTTPService"],
        "Yams": ["PolicyFiles"],
    ]

    static let mechanisms: Set<String> = [
        "Attestations", "Egress", "Forges", "GitWorktrees", "Guardrails", "Images",
        "LanguageModels", "Notifications",
        "Repair", "RunStore", "Sandboxing", "SeccompCompiler", "Telemetry", "Verification",
    ]

    /// These start in about a millisecond, or run where Foundation is not.
    static let withoutFoundation: Set<String> = [
        "JSONText", "LinuxKernel", "RunModel", "Sandboxing", "WorktreeLookup", "drydock",
    ]

    private static func imports(of file: SourceTree.File) -> [String] {
        file.lines.compactMap { line in
            let words = line.split(separator: " ")
            guard let index = words.firstIndex(of: "import"), index <= 2, words.count > index + 1,
                words[..<index].allSatisfy({
                    $0.hasPrefix("@") || ["internal", "package", "public", "private"].contains($0)
                })
            else { return nil }
            let name = words[index + 1]
            let kinds: Set<Substring> = ["struct", "class", "enum", "func", "var", "protocol"]
            let module = kinds.contains(name) && words.count > index + 2 ? words[index + 2] : name
            return String(module.split(separator: ".")[0])
        }
    }

    @Test func librariesHaveOneImporter() {
        for file in SourceTree.sources {
            for module in Self.imports(of: file) {
                guard let allowed = Self.onlyImporters[module] else { continue }
                #expect(allowed.contains(file.target), "\(file.path) imports \(module)")
            }
        }
    }

    @Test func mechanismsDoNotKnowEachOther() {
        for file in SourceTree.sources where Self.mechanisms.contains(file.target) {
            for module in Self.imports(of: file) where Self.mechanisms.contains(module) {
                #expect(module == file.target, "\(file.path) imports \(module)")
            }
        }
    }

    @Test func smallTargetsStayWithoutFoundation() {
        for file in SourceTree.sources where Self.withoutFoundation.contains(file.target) {
            #expect(
                !Self.imports(of: file).contains { $0.hasPrefix("Foundation") },
                "\(file.path) imports Foundation")
        }
    }

    /// The front links these: an asynchronous function with a body would bring the runtime of
    /// concurrency, and its initialisers, into every start. (A protocol's requirement has no body.)
    @Test func theFrontHasNoAsynchronousCode() {
        let linked: Set = [
            "RunModel", "JSONText", "LinuxKernel", "Sandboxing", "WorktreeLookup", "drydock",
        ]
        for file in SourceTree.sources where linked.contains(file.target) {
            let text = file.text
            #expect(!text.contains("await "), "\(file.path) waits asynchronously")
            #expect(!text.contains("Task {"), "\(file.path) starts a task")
        }
    }

    /// A human merges: no code calls a merge interface, of git, of GitHub or of GitLab.
    @Test func nothingMerges() throws {
        let calls = [
            "git_merge(", "/merge\"", "/merges\"", "mergePullRequest", "enablePullRequestAutoMerge",
            "markPullRequestReadyForReview", "merge_when_pipeline", "auto_merge", "/approve\"",
        ]
        for file in SourceTree.sources {
            for call in calls { #expect(!file.text.contains(call), "\(file.path): \(call)") }
        }
    }

    /// Foundation's `Process` reads past its buffer with many open descriptors: see `HostProcess`.
    @Test func programsOfTheHostAreStartedInOneWay() {
        for file in SourceTree.sources {
            #expect(!file.text.contains("= Process()"), "\(file.path): use HostProcess")
        }
    }

    /// A test in a folder that the manifest leaves out is compiled nowhere, and nobody notices.
    @Test func noSwiftFileLiesWhereTheManifestLeavesItOut() throws {
        let manifest = try String(
            contentsOfFile: "\(SourceTree.root)/Package.swift", encoding: .utf8)
        let list = try #require(manifest.firstMatch(of: #/\[([^\]]*)\]\.filter \{/#)).1
        let folders = list.matches(of: #/"(\w+)"/#).map { String($0.1) }
        #expect(folders.contains("Fixtures"))
        for path in SourceTree.paths where path.hasPrefix("Tests/") && path.hasSuffix(".swift") {
            let parts = path.split(separator: "/").map(String.init)
            #expect(parts.count < 3 || !folders.contains(parts[2]), "\(path) is not compiled")
        }
    }

    /// Adding to a catalogue is one file and one line; a file without its line is never used.
    @Test(arguments: [
        (
            folder: "Sources/Guardrails/Rules/",
            catalogue: "Sources/Guardrails/Engine/RuleCatalog.swift"
        ),
        (
            folder: "Sources/TestReports/Formats/",
            catalogue: "Sources/TestReports/FormatCatalog.swift"
        ),
        (folder: "Sources/Repair/Fixers/", catalogue: "Sources/Repair/FixerCatalog.swift"),
        (folder: "Sources/HTTPService/", catalogue: "Sources/HTTPService/Routes/Routes.swift"),
        (folder: "Sources/Forges/Hosts/", catalogue: "Sources/Forges/ForgeCatalog.swift"),
        (
            folder: "Sources/LanguageModels/Providers/",
            catalogue: "Sources/LanguageModels/ProviderCatalog.swift"
        ),
    ])
    func everyFileIsRegistered(folder: String, catalogue: String) throws {
        let list = try String(
            contentsOfFile: "\(SourceTree.root)/\(catalogue)", encoding: .utf8)
        let files = SourceTree.sources.filter { $0.path.hasPrefix(folder) }
        #expect(!files.isEmpty)
        for file in files {
            // What entries share lies beside them; an entry is what conforms.
            let entries = file.text.matches(
                of:
                    #/(?:struct|enum) (\w+)\s*:\s*[^{]*?\w*(?:Rule|Format|Fixer|RouteGroup|Forge|ForgeKind|ModelProvider)\b/#
            )
            for entry in entries {
                #expect(list.contains(entry.1), "\(file.path): \(entry.1) is not in \(catalogue)")
            }
        }
    }
}
