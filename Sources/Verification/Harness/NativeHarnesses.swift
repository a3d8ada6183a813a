/// `cargo test`: unit tests stand in `#[cfg(test)]` modules inside the sources.
struct CargoHarness: RunnerHarness {
    let runners = ["cargo-test"]
    let configuration = PathPatterns([
        ".cargo/**", "rust-toolchain", "rust-toolchain.toml", "rustfmt.toml", "build.rs",
        ".config/nextest.toml",
    ])
    let manifests: [any ManifestFormat] = [
        SectionManifest(
            names: ["Cargo.toml"],
            steering: [
                "lib", "bin", "test", "bench", "example", "profile", "workspace", "lints", "patch",
            ],
            steeringKeys: ["autotests", "build", "default-run", "harness", "autobins"])
    ]
    let toolchainProbe = "cargo --version && rustc -vV && sha256sum \"$(command -v cargo)\""

    func canaries(_ planting: inout Planting) {
        // Integration tests are crates of their own; a unit test's canary goes into its module.
        for directory in planting.directories where directory.lastOfPath == "tests" {
            let name = planting.name()
            planting.write(
                "#[test]\nfn \(name)() {\n    assert_eq!(2, 3);\n}\n",
                to: "\(planting.name()).rs".inDirectory(directory))
            planting.expectCanary(name)
        }
        for (path, text) in planting.sources.sorted(by: { $0.key < $1.key })
        where path.hasSuffix(".rs") {
            guard let module = RustInlineTests.modules(in: text).first else { continue }
            let scanner = CodeScanner(planting.text(of: path) ?? text, language: .rust)
            let name = planting.name()
            var bytes = scanner.bytes
            bytes.insert(
                contentsOf: Array(
                    "\n    #[test]\n    fn \(name)() {\n        assert_eq!(2, 3);\n    }\n".utf8),
                at: module.open + 1)
            planting.write(String(decoding: bytes, as: UTF8.self), to: path)
            planting.expectCanary(name)
        }
    }

    func copies(of tests: [String], _ planting: inout Planting) {
        let copies = AdjacentCopies(
            language: .rust, declarations: [("fn ", "(")], rename: { $0 })
        for test in tests {
            let name = test.split(separator: " ").last?.split(separator: ":").last.map(String.init)
            let files = planting.sources.keys.filter { $0.hasSuffix(".rs") }.sorted()
            if !copies.copy(name ?? test, of: test, in: files, &planting) {
                planting.leaveOut(test, reason: "its function was not found")
            }
        }
    }

    func restoringInlineTests(path: String, head: String, base: String) -> String? {
        path.hasSuffix(".rs") ? RustInlineTests.restoring(head: head, base: base) : nil
    }

    /// rustc hangs under libfaketime, in its allocator's first look at a clock: only the programs
    /// that cargo runs for their tests get the date.
    func environment(on date: FalseDate) -> [String: String] {
        let targets = ["X86_64_UNKNOWN_LINUX_GNU", "AARCH64_UNKNOWN_LINUX_GNU"]
        return Dictionary(
            uniqueKeysWithValues: targets.map { ("CARGO_TARGET_\($0)_RUNNER", date.command) })
    }
}

/// `swift test`, XCTest and Swift Testing: ids are `Module.Suite/test()`.
struct SwiftHarness: RunnerHarness {
    let runners = ["swift-test"]
    let configuration = PathPatterns([
        "Package.swift", "Package@swift-*.swift", ".swift-version", "*.xctestplan", ".swiftpm/**",
    ])
    let manifests: [any ManifestFormat] = []
    let toolchainProbe = "swift --version 2>&1 && sha256sum \"$(command -v swift)\""

    func canaries(_ planting: inout Planting) {
        for directory in planting.directories {
            let siblings = planting.sources.filter { $0.key.directoryOfPath == directory }
            guard siblings.keys.contains(where: { $0.hasSuffix(".swift") }) else { continue }
            let name = planting.name()
            let isTesting = siblings.values.contains { $0.contains("import Testing") }
            let text =
                isTesting
                ? "import Testing\n\n@Test func \(name)() {\n    #expect(2 == 3)\n}\n"
                : """
                import XCTest

                final class Planted_\(planting.name()): XCTestCase {
                    func test_\(name)() { XCTAssertEqual(2, 3) }
                }

                """
            planting.write(text, to: "\(planting.name()).swift".inDirectory(directory))
            planting.expectCanary(name)
        }
    }

    func copies(of tests: [String], _ planting: inout Planting) {
        let copies = AdjacentCopies(
            language: .swift, declarations: [("func ", "(")], rename: { "test_" + $0 })
        for test in tests {
            let last = test.split(separator: "/").last ?? Substring(test)
            let name = String((last.split(separator: ".").last ?? last).prefix { $0 != "(" })
            let files = planting.sources.keys.filter { $0.hasSuffix(".swift") }.sorted()
            if !copies.copy(name, of: test, in: files, &planting) {
                planting.leaveOut(test, reason: "its function was not found")
            }
        }
    }
}

/// JUnit by Maven, Gradle or its ConsoleLauncher: ids are `package.Class#method`, and
/// `package.Class.method()` by Gradle.
struct JUnitHarness: RunnerHarness {
    let runners = ["gradle", "junit", "maven"]
    let configuration = PathPatterns([
        "pom.xml", "build.gradle", "build.gradle.kts", "settings.gradle", "settings.gradle.kts",
        "gradle.properties", "gradle/**", ".mvn/**", "junit-platform.properties", "gradlew", "mvnw",
    ])
    let manifests: [any ManifestFormat] = []
    let shadows = PathPatterns([
        "**/org/junit/**", "**/org/opentest4j/**", "**/META-INF/services/org.junit.*",
    ])
    let toolchainProbe =
        "java -version 2>&1 && sha256sum \"$(command -v java)\""
        + " && find /usr/share/java -name 'junit*.jar' -exec sha256sum {} + 2>/dev/null | sort"

    func canaries(_ planting: inout Planting) {
        for (path, text) in planting.sources.sorted(by: { $0.key < $1.key })
        where path.hasSuffix(".java") && text.contains("@Test") {
            let scanner = CodeScanner(planting.text(of: path) ?? text, language: .java)
            guard let marker = scanner.find("class ", from: 0),
                let open = scanner.find("{", from: marker)
            else { continue }
            let name = planting.name()
            let kind =
                text.contains("org.junit.jupiter") ? "org.junit.jupiter.api.Test" : "org.junit.Test"
            var bytes = scanner.bytes
            bytes.insert(
                contentsOf: Array(
                    "\n    @\(kind)\n    public void test_\(name)() { throw new AssertionError(\"as it must\"); }\n"
                        .utf8), at: open + 1)
            planting.write(String(decoding: bytes, as: UTF8.self), to: path)
            planting.expectCanary(name)
        }
    }

    func copies(of tests: [String], _ planting: inout Planting) {
        let copies = AdjacentCopies(
            language: .java, declarations: [("void ", "(")], rename: { "test_" + $0 })
        for test in tests {
            let (type, method) = Self.location(of: test)
            let files = planting.sources.keys.filter { $0.hasSuffix("/\(type).java") }.sorted()
            if !copies.copy(method, of: test, in: files, &planting) {
                planting.leaveOut(test, reason: "its method was not found")
            }
        }
    }

    /// The outermost class and the method that an id names.
    private static func location(of test: String) -> (type: String, method: String) {
        let name = test.prefix { !"[({".contains($0) }
        let mark = name.lastIndex(of: "#") ?? name.lastIndex(of: ".") ?? name.startIndex
        let type = name[..<mark].split(separator: ".").last ?? ""
        return (String(type.prefix { $0 != "$" }), name[mark...].filter { !"#.".contains($0) })
    }
}
