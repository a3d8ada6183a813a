/// `go test`: ids are `module/package.TestName/subtest`.
struct GoHarness: RunnerHarness {
    let runners = ["go-test"]
    let configuration = PathPatterns([
        "go.work", "go.work.sum", "vendor/**", "**/vendor/**", "**/testdata/**",
    ])
    let manifests: [any ManifestFormat] = []
    let toolchainProbe = "go version && go env GOROOT GOFLAGS && sha256sum \"$(command -v go)\""

    func canaries(_ planting: inout Planting) {
        for directory in planting.directories {
            let siblings = planting.sources.keys.sorted().filter {
                $0.directoryOfPath == directory && $0.hasSuffix("_test.go")
            }
            guard
                let package = siblings.compactMap({ Self.package(of: planting.sources[$0]) }).first
            else { continue }
            let name = planting.name()
            let text = """
                package \(package)

                import "testing"

                func Test_\(name)(t *testing.T) {
                \tif 2 != 3 {
                \t\tt.Fatal("as it must")
                \t}
                }

                """
            planting.write(text, to: "\(planting.name())_test.go".inDirectory(directory))
            planting.expectCanary(name)
        }
    }

    func copies(of tests: [String], _ planting: inout Planting) {
        let copies = AdjacentCopies(
            language: .go, declarations: [("func ", "(")], rename: { "Test_" + $0 })
        for test in Set(tests.map(Self.topLevel)).sorted() {
            let name = test.split(separator: ".").last.map(String.init) ?? test
            let files = planting.sources.keys.sorted().filter { path in
                let directory = path.directoryOfPath
                return directory.isEmpty || test.dropLast(name.count + 1).hasSuffix(directory)
            }
            if !copies.copy(name, of: test, in: files, &planting) {
                planting.leaveOut(test, reason: "its function was not found")
            }
        }
    }

    /// A subtest is copied with the function that it is in.
    private static func topLevel(_ test: String) -> String {
        guard let dot = test.ranges(of: ".Test").last?.lowerBound else { return test }
        let name = test[test.index(after: dot)...].prefix { $0 != "/" }
        return test[..<dot] + "." + name
    }

    private static func package(of text: String?) -> String? {
        text?.split(separator: "\n").first { $0.hasPrefix("package ") }
            .map {
                $0.dropFirst("package ".count).prefix { $0.isLetter || $0.isNumber || $0 == "_" }
            }
            .map(String.init)
    }
}
