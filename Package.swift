// swift-tools-version: 6.3
import Foundation
import PackageDescription

// Targets in dependency order: a target may only depend on those above it.
// docs/architecture.md says what each is responsible for; Tests/RepositoryTests checks the arrows.

// MARK: Settings, the same for every target

let strict: [SwiftSetting] = [
    .swiftLanguageMode(.v6),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
    .enableUpcomingFeature("InferIsolatedConformances"),
    .treatAllWarnings(as: .error),
]
let strictC: [CSetting] = [
    .enableWarning("all"), .enableWarning("extra"), .treatAllWarnings(as: .error),
    .define("_GNU_SOURCE"),
]

/// A static C program without the Swift runtime: it starts in a tenth of a millisecond.
let staticWithoutSwift: [LinkerSetting] = [
    .unsafeFlags(["-static-executable", "-nostartfiles", "-Xlinker", "--gc-sections"])
]
/// Without a C library either: sandbox-init is 25 KB and starts in a tenth of a millisecond.
/// Stripped, as every start copies it into a sealed memory file.
let freestanding: [LinkerSetting] = [
    .unsafeFlags([
        "-static-executable", "-nostartfiles", "-Xclang-linker", "-nostdlib",
        "-Xlinker", "--gc-sections", "-Xlinker", "-s",
    ])
]

func library(_ name: String, _ dependencies: [Target.Dependency] = []) -> Target {
    .target(name: name, dependencies: dependencies, swiftSettings: strict)
}
func shim(_ name: String, _ dependencies: [Target.Dependency] = []) -> Target {
    .target(name: name, dependencies: dependencies, cSettings: strictC)
}
func tests(_ name: String, _ dependencies: [Target.Dependency]) -> Target {
    .testTarget(
        name: name, dependencies: dependencies + ["TestSupport"], exclude: excludes(name),
        swiftSettings: strict)
}
/// Fixtures are read by path at run time, never bundled.
func excludes(_ name: String) -> [String] {
    ["Fixtures", "Corpus", "Catalogue", "Attacks"].filter {
        FileManager.default.fileExists(atPath: "\(Context.packageDirectory)/Tests/\(name)/\($0)")
    }
}

// MARK: Libraries of others, exact versions

let argumentParser: Target.Dependency = .product(
    name: "ArgumentParser", package: "swift-argument-parser")
let crypto: Target.Dependency = .product(name: "Crypto", package: "swift-crypto")
let yams: Target.Dependency = .product(name: "Yams", package: "Yams")
let grdb: Target.Dependency = .product(name: "GRDB", package: "GRDB.swift")
let nioCore: Target.Dependency = .product(name: "NIOCore", package: "swift-nio")
let nioPosix: Target.Dependency = .product(name: "NIOPosix", package: "swift-nio")
let x509: Target.Dependency = .product(name: "X509", package: "swift-certificates")
let asn1: Target.Dependency = .product(name: "SwiftASN1", package: "swift-asn1")
let logging: Target.Dependency = .product(name: "Logging", package: "swift-log")
let nioHTTP1: Target.Dependency = .product(name: "NIOHTTP1", package: "swift-nio")
let nioSSL: Target.Dependency = .product(name: "NIOSSL", package: "swift-nio-ssl")
let asyncHTTPClient: Target.Dependency = .product(
    name: "AsyncHTTPClient", package: "async-http-client")
let httpTypes: Target.Dependency = .product(name: "HTTPTypes", package: "swift-http-types")
let hummingbird: Target.Dependency = .product(name: "Hummingbird", package: "hummingbird")
let hummingbirdCore: Target.Dependency = .product(name: "HummingbirdCore", package: "hummingbird")
let hummingbirdTLS: Target.Dependency = .product(name: "HummingbirdTLS", package: "hummingbird")
let serviceLifecycle: Target.Dependency = .product(
    name: "ServiceLifecycle", package: "swift-service-lifecycle")
let nioHTTPTypes: Target.Dependency = .product(name: "NIOHTTPTypes", package: "swift-nio-extras")
let unixSignals: Target.Dependency = .product(
    name: "UnixSignals", package: "swift-service-lifecycle")

let packages: [Package.Dependency] = [
    .package(url: "https://github.com/apple/swift-argument-parser", exact: "1.8.2"),
    .package(url: "https://github.com/apple/swift-crypto", exact: "4.5.2"),
    .package(url: "https://github.com/jpsim/Yams", exact: "6.2.2"),
    .package(url: "https://github.com/groue/GRDB.swift", exact: "7.10.0"),
    .package(url: "https://github.com/apple/swift-nio", exact: "2.101.2"),
    .package(url: "https://github.com/apple/swift-log", exact: "1.16.2"),
    .package(url: "https://github.com/apple/swift-nio-ssl", exact: "2.37.6"),
    .package(url: "https://github.com/apple/swift-nio-extras", exact: "1.35.2"),
    .package(url: "https://github.com/apple/swift-certificates", exact: "1.21.1"),
    .package(url: "https://github.com/apple/swift-asn1", exact: "1.7.4"),
    .package(url: "https://github.com/apple/swift-metrics", exact: "2.13.0"),
    .package(url: "https://github.com/apple/swift-http-types", exact: "1.8.0"),
    .package(url: "https://github.com/swift-server/async-http-client", exact: "1.37.0"),
    .package(url: "https://github.com/swift-server/swift-service-lifecycle", exact: "2.13.0"),
    .package(url: "https://github.com/hummingbird-project/hummingbird", exact: "2.28.1"),
]

// MARK: Targets

let targets: [Target] = [
    // C: module maps and small shims.
    .systemLibrary(
        name: "CSeccomp", pkgConfig: "libseccomp", providers: [.apt(["libseccomp-dev"])]),
    .systemLibrary(name: "CGit2", pkgConfig: "libgit2", providers: [.apt(["libgit2-dev"])]),
    .systemLibrary(name: "CHyperscan", pkgConfig: "libhs", providers: [.apt(["libhyperscan-dev"])]),
    .systemLibrary(name: "CZlib", providers: [.apt(["zlib1g-dev"])]),
    .systemLibrary(name: "CTreeSitter"),  // built by .ci/tree-sitter into .deps
    shim("CLinux"),
    shim("CFrontStart"),  // of the front and the gate
    shim("CGateStart"),  // of the gate alone
    shim("CBase64"),

    // Base: values, formats, system calls.
    library("RunModel"),  // value types and ports; no I/O, imports nothing
    // JSON without Foundation, for the front and for canonical bytes
    library("JSONText", ["RunModel"]),
    library("DocumentSchemas", ["RunModel", "JSONText"]),  // JSON Schemas of the documents
    library("LinuxKernel", ["CLinux"]),  // typed system calls; no Foundation
    library("Digests", [crypto]),  // hashes, HMAC, signatures, key files
    library("PolicyFiles", ["RunModel", yams]),  // YAML with precise errors
    library(
        "HTTPTransport", [asyncHTTPClient, nioCore, nioPosix, nioHTTP1, nioSSL]),  // HTTP client
    library("TestReports", ["RunModel"]),  // bytes to test results; log reduction
    .target(
        name: "SourceSyntax", dependencies: ["CTreeSitter"], swiftSettings: strict,
        linkerSettings: [.unsafeFlags(["-L\(Context.packageDirectory)/.deps/lib"])]
    ),  // parse trees, census of tests and assertions

    // Mechanisms: never import each other.
    // profile to plan to running sandbox
    library("Sandboxing", ["RunModel", "JSONText", "LinuxKernel"]),
    // policy data to BPF
    library("SeccompCompiler", ["RunModel", "PolicyFiles", "Digests", "CSeccomp"]),
    library("WorktreeLookup"),  // cached trees found from files alone, for the front; no Foundation
    library("GitWorktrees", ["RunModel", "WorktreeLookup", "Digests", "CGit2"]),  // trees, overlays
    .target(
        name: "GuardrailPolicies", path: "Policies/guardrails",
        resources: ["default", "dependency-update", "infrastructure", "strict", "test-only"].map {
            .embedInCode("\($0).yaml")
        }, swiftSettings: strict),
    // root file systems: recipes, import
    library("Images", ["RunModel", "LinuxKernel", "Digests"]),
    library(
        "Egress",
        ["RunModel", "LinuxKernel", "Digests", nioCore, nioPosix, nioSSL, x509, asn1]
    ),  // network by name
    library(
        "Guardrails",
        ["RunModel", "PolicyFiles", "SourceSyntax", "Digests", "CHyperscan", "GuardrailPolicies"]
    ),  // change set to findings
    library(
        "Verification",
        ["RunModel", "JSONText", "PolicyFiles", "TestReports", "SourceSyntax", "Digests"]
    ),  // proof, triage, repro bundles
    .target(
        name: "ModelPriceList", path: "Policies/models",
        resources: [.embedInCode("prices.yaml")], swiftSettings: strict),
    library(
        "LanguageModels",
        ["RunModel", "JSONText", "HTTPTransport", "PolicyFiles", "ModelPriceList"]
    ),  // one adapter per provider's API
    library("Repair", ["RunModel", "JSONText"]),  // fixers, budgets, roles
    library(
        "Forges", ["RunModel", "LinuxKernel", "Digests", "HTTPTransport"]
    ),  // branches and pull requests
    library("Notifications", ["Digests", "HTTPTransport", "LinuxKernel"]),  // webhook, chat, e-mail
    // traces and metrics over OTLP
    library("Telemetry", ["RunModel", "JSONText", "HTTPTransport", "Digests"]),
    library("RunStore", ["RunModel", grdb]),  // runs, events, incidents, baselines, breakers
    library("Attestations", ["RunModel", "JSONText", "Digests"]),  // in-toto, DSSE, audit log

    // Composition and edges.
    library(
        "ChangeGate", ["RunModel", "PolicyFiles", "GitWorktrees", "Guardrails"]
    ),  // repository, policy and rules to one verdict
    library(
        "Orchestration",
        [
            "ChangeGate", "RunModel", "JSONText", "LinuxKernel", "Sandboxing", "SeccompCompiler",
            "WorktreeLookup",
            "GitWorktrees", "Egress", "Guardrails", "Images",
            "Verification", "Repair", "LanguageModels", "Forges", "Notifications", "Telemetry",
            "HTTPTransport", "RunStore", "Attestations", "PolicyFiles",
            "Digests",
            "TestReports", "SourceSyntax", logging, nioCore, nioPosix,
        ]),  // state machines and coordinators
    library(
        "MCPService", ["Orchestration", "RunModel", "RunStore", "JSONText", "Digests"]
    ),  // Model Context Protocol, both generations
    library(
        "HTTPService",
        [
            "MCPService", "Orchestration", "RunModel", "RunStore", "JSONText", "Digests",
            "LinuxKernel", "Attestations", "Sandboxing", "Telemetry", "CBase64", "CZlib",
            nioHTTP1, hummingbird,
            hummingbirdCore, hummingbirdTLS, nioSSL, httpTypes, serviceLifecycle, unixSignals,
            nioHTTPTypes, nioCore, nioPosix,
            logging,
        ]),  // routes, event streams, dashboard
    library(
        "CommandLineInterface",
        [
            "HTTPService", "MCPService", "Orchestration", "RunModel", "RunStore", "JSONText",
            "ChangeGate", "Guardrails", "PolicyFiles", "Verification", "Attestations", "Digests",
            "Images",
            "Repair",
            argumentParser,
        ]),

    // Executables.
    .executableTarget(
        name: "sandbox-init", dependencies: [], path: "Sources/sandbox-init",
        cSettings: strictC + [.unsafeFlags(["-ffreestanding", "-fno-builtin"])],
        linkerSettings: freestanding),
    .executableTarget(
        name: "network-agent", path: "Sources/network-agent", cSettings: strictC,
        linkerSettings: staticWithoutSwift),
    .executableTarget(
        name: "agent-client", dependencies: ["JSONText"], swiftSettings: strict,
        linkerSettings: [.unsafeFlags(["-static-executable"])]),
    .executableTarget(
        name: "drydock",
        dependencies: [
            "CFrontStart", "CLinux", "RunModel", "JSONText", "LinuxKernel", "Sandboxing",
            "WorktreeLookup",
        ],
        swiftSettings: strict, linkerSettings: [.unsafeFlags(["-static-executable"])]),
    .executableTarget(
        name: "drydock-gate",
        dependencies: ["CFrontStart", "CGateStart", "ChangeGate", "LinuxKernel"],
        swiftSettings: strict),
    .executableTarget(
        name: "drydock-tool", dependencies: ["CommandLineInterface"], swiftSettings: strict),

    // Only `Benchmarks/run` builds it by itself: no product.
    .executableTarget(
        name: "sandbox-benchmark", dependencies: ["RunModel", "Sandboxing"],
        path: "Benchmarks/library", swiftSettings: strict),
    .executableTarget(
        name: "worktree-benchmark",
        dependencies: ["GitWorktrees", "WorktreeLookup", "RunModel", "Sandboxing"],
        path: "Benchmarks/worktrees", exclude: ["run", "report.py"], swiftSettings: strict),
    .executableTarget(
        name: "reports-benchmark", dependencies: ["RunModel", "TestReports"],
        path: "Benchmarks/reports", exclude: ["run"], swiftSettings: strict),

    // Tests.
    .target(
        name: "TestSupport", dependencies: ["RunModel", "LinuxKernel"], path: "Tests/TestSupport",
        swiftSettings: strict),
    tests("RunModelTests", ["RunModel", "JSONText"]),
    tests("DocumentSchemasTests", ["DocumentSchemas", "JSONText"]),
    tests("LinuxKernelTests", ["LinuxKernel"]),
    tests("PolicyFilesTests", ["PolicyFiles"]),
    tests("HTTPTransportTests", ["HTTPTransport", nioCore, nioPosix]),
    tests("TestReportsTests", ["TestReports"]),
    tests("SourceSyntaxTests", ["SourceSyntax"]),
    tests(
        "SandboxingTests", ["Sandboxing", "LinuxKernel", "JSONText", "RunModel", "sandbox-init"]),
    tests("SeccompCompilerTests", ["SeccompCompiler"]),
    tests("GitWorktreesTests", ["GitWorktrees", "WorktreeLookup", "RunModel"]),
    tests("ImagesTests", ["Images", "RunModel"]),
    tests("EgressTests", ["Egress", "RunModel", "LinuxKernel", "network-agent"]),
    tests("GuardrailsTests", ["Guardrails"]),
    tests("VerificationTests", ["Verification", "Digests", "PolicyFiles"]),
    tests("LanguageModelsTests", ["LanguageModels", "HTTPTransport", "JSONText", "RunModel"]),
    tests("RepairTests", ["Repair", "JSONText", "RunModel"]),
    tests("ForgesTests", ["Forges", "RunModel"]),
    tests("NotificationsTests", ["Notifications", "HTTPTransport"]),
    tests("TelemetryTests", ["Telemetry", "HTTPTransport"]),
    tests("RunStoreTests", ["RunStore", "RunModel", grdb]),
    tests("AttestationsTests", ["Attestations", "Digests", "JSONText"]),
    tests(
        "ChangeGateTests",
        ["ChangeGate", "GitWorktrees", "Guardrails", "PolicyFiles", "RunModel"]),
    tests(
        "OrchestrationTests",
        [
            "Orchestration", "Forges", "Guardrails", "Repair", "RunModel", "RunStore",
            "GitWorktrees", "Images", "PolicyFiles", "Sandboxing", "TestReports", "Verification",
            "JSONText",
            logging, nioCore, nioPosix,
        ]),
    tests("MCPServiceTests", ["MCPService", "RunStore"]),
    tests(
        "HTTPServiceTests",
        [
            "HTTPService", "Orchestration", "RunStore", "RunModel", "Digests", nioCore, hummingbird,
            httpTypes,
        ]),
    tests("EscapeTests", ["RunModel"]),
    tests("EndToEndTests", ["RunModel", "JSONText", "LinuxKernel", "DocumentSchemas"]),
    tests("RepositoryTests", []),
]

// MARK: Focus

/// `DRYDOCK_FOCUS=TestReports swift test` builds that target, what it needs and its tests only:
/// a change to a leaf is tried in seconds, without the packages that only the service needs.
func focused(_ all: [Target], on names: String) -> [Target] {
    var wanted = Set(names.split(separator: ",").map(String.init))
    wanted.formUnion(wanted.map { $0 + "Tests" })
    var size = 0
    while wanted.count != size {
        size = wanted.count
        for target in all where wanted.contains(target.name) {
            for case .byNameItem(let name, _) in target.dependencies { wanted.insert(name) }
        }
    }
    return all.filter { wanted.contains($0.name) }
}

let focus = Context.environment["DRYDOCK_FOCUS"]
let chosen = focus.map { focused(targets, on: $0) } ?? targets
let usedPackages = Set(
    chosen.flatMap(\.dependencies).compactMap { dependency -> String? in
        guard case .productItem(_, let package, _, _) = dependency else { return nil }
        return package?.lowercased()
    })

let package = Package(
    name: "drydock",
    products: focus == nil
        ? [
            .executable(name: "drydock", targets: ["drydock"]),
            .executable(name: "drydock-gate", targets: ["drydock-gate"]),
            .executable(name: "drydock-tool", targets: ["drydock-tool"]),
            .executable(name: "sandbox-init", targets: ["sandbox-init"]),
            .executable(name: "network-agent", targets: ["network-agent"]),
            .executable(name: "agent-client", targets: ["agent-client"]),
            .library(name: "Sandboxing", targets: ["Sandboxing", "RunModel"]),
        ] : [],
    dependencies: packages.filter { dependency in
        guard case .sourceControl(_, let location, _) = dependency.kind else { return true }
        return usedPackages.contains { location.lowercased().hasSuffix("/" + $0) }
    },
    targets: chosen
)
