/// `go test`, for every Go module.
package struct GoTestRunner: TestRunner {
    package init() {}

    package let id = "go-test"
    package let manifests = ["go.mod"]

    package func detect(_ project: ProjectTree) -> DetectedRunner? {
        guard project.has("go.mod"), project.files.contains(where: { $0.hasSuffix("_test.go") })
        else { return nil }
        // The events are the report and the console: one stream, so it is shown and kept.
        let call = "go test -json"
        return DetectedRunner(
            id: id, command: call + " ./...", select: call + " {tests}", selection: .go,
            console: "go-test-json", testPaths: ["**/*_test.go", "**/testdata/**"],
            setup: project.has("go.sum")
                ? [DetectedRunner.Setup(run: "go mod download", inputs: ["go.mod", "go.sum"])] : [],
            certainty: .configured, evidence: "go.mod and tests exist")
    }
}

/// `cargo test`, for every Rust package: tests stand inside the sources too.
package struct CargoTestRunner: TestRunner {
    package init() {}

    package let id = "cargo-test"
    package let manifests = ["Cargo.toml"]

    package func detect(_ project: ProjectTree) -> DetectedRunner? {
        guard project.has("Cargo.toml") else { return nil }
        return DetectedRunner(
            id: id, command: "cargo test --no-fail-fast",
            select: "cargo test --no-fail-fast -- --exact {tests}", selection: .cargo,
            console: "libtest-console",
            testPaths: ["tests/**", "**/tests/**", "**/tests.rs", "**/*.snap"],
            setup: project.has("Cargo.lock")
                ? [
                    DetectedRunner.Setup(
                        run: "cargo fetch --locked", inputs: ["Cargo.toml", "Cargo.lock"])
                ] : [],
            certainty: .configured, evidence: "Cargo.toml exists")
    }
}

/// `swift test`, for packages with tests.
package struct SwiftTestRunner: TestRunner {
    package init() {}

    package let id = "swift-test"
    package let manifests = ["Package.swift"]

    package func detect(_ project: ProjectTree) -> DetectedRunner? {
        let hasTests =
            project.text("Package.swift").contains("testTarget")
            || project.files.contains { $0.hasPrefix("Tests/") && $0.hasSuffix(".swift") }
        guard project.has("Package.swift"), hasTests else { return nil }
        // XCTest's own file hides what is skipped, and exists in parallel runs only: its console is
        // its report. Swift Testing's console leaves suites away: its file is its report.
        // The build comes first, so that its output is in neither.
        func command(_ options: String) -> String {
            "swift build --build-tests || exit $?; swift test --skip-build --disable-swift-testing"
                + "\(options) > \"$DRYDOCK_REPORTS/xctest.txt\" 2>&1; status=$?;"
                + " cat \"$DRYDOCK_REPORTS/xctest.txt\"; swift test --skip-build --disable-xctest"
                + " --xunit-output \"$DRYDOCK_REPORTS/swift-testing.xml\"\(options) || status=$?;"
                + " exit $status"
        }
        return DetectedRunner(
            id: id, command: command(""), select: command(" --filter {tests}"), selection: .swift,
            reports: ["swift-testing.xml", "xctest.txt"], console: "swift-console",
            testPaths: ["Tests/**"],
            certainty: .configured, evidence: "Package.swift has tests")
    }
}

/// CTest, for CMake projects that enable testing.
package struct CTestRunner: TestRunner {
    package init() {}

    package let id = "ctest"
    package let manifests = ["CMakeLists.txt"]

    package func detect(_ project: ProjectTree) -> DetectedRunner? {
        let lists = project.named("CMakeLists.txt").filter { !RunnerCatalog.isForeign($0) }
        guard project.has("CMakeLists.txt"),
            let evidence = lists.first(where: { file in
                let text = project.text(file).lowercased()
                return ["enable_testing", "include(ctest)", "add_test("].contains {
                    text.contains($0)
                }
            })
        else { return nil }
        let build = "cmake -S . -B build && cmake --build build"
        let call =
            "ctest --test-dir build --output-on-failure"
            + " --output-junit \"$DRYDOCK_REPORTS/junit.xml\""
        return DetectedRunner(
            id: id, command: "\(build) && \(call)", select: "\(build) && \(call) -R {tests}",
            selection: .pattern, reports: ["junit.xml"], console: "ctest-console",
            testPaths: ["test/**", "tests/**", "**/*_test.*", "**/test_*.*"],
            certainty: .configured, evidence: "\(evidence) enables testing")
    }
}

/// `make check` or `make test`, where nothing better is known.
package struct MakeCheckRunner: TestRunner {
    package init() {}

    package let id = "make-check"
    package let manifests = ["Makefile", "GNUmakefile", "makefile"]

    package func detect(_ project: ProjectTree) -> DetectedRunner? {
        let candidates = ["GNUmakefile", "makefile", "Makefile", "Makefile.am"]
        for file in candidates where project.has(file) {
            let lines = project.text(file).split(whereSeparator: \.isNewline)
            let target = ["check", "test"].first { name in
                lines.contains { $0.hasPrefix("\(name):") || $0.hasPrefix("\(name) :") }
            }
            let isAutomake = lines.contains {
                $0.hasPrefix("TESTS") || $0.hasPrefix("check_PROGRAMS")
            }
            guard let name = target ?? (isAutomake ? "check" : nil) else { continue }
            return DetectedRunner(
                id: id, command: "make \(name)", select: "make \(name) TESTS={tests}",
                selection: .arguments,
                testPaths: ["test/**", "tests/**", "t/**"], certainty: .lastResort,
                evidence: "\(file) has the target \(name)")
        }
        return nil
    }
}
