/// node's runner, Jest, vitest and Mocha: tests are calls with a title.
struct NodeHarness: RunnerHarness {
    let runners = ["jest", "mocha", "node-test", "vitest"]
    let configuration = PathPatterns([
        "jest.config.*", ".jestrc", "vitest.config.*", "vitest.workspace.*", "vite.config.*",
        ".mocharc*", "babel.config.*", ".babelrc*", ".swcrc", "tsconfig*.json", ".npmrc",
        "node_modules/**", "**/node_modules/**", "**/__mocks__/**", "**/__snapshots__/**",
    ])
    let manifests: [any ManifestFormat] = [PackageManifest()]
    let toolchainProbe = "node --version && sha256sum \"$(command -v node)\""

    private static let calls = ["test", "it"]

    func canaries(_ planting: inout Planting) {
        for directory in planting.directories {
            let siblings = planting.sources.keys.sorted().filter { $0.directoryOfPath == directory }
            guard let sibling = siblings.first(where: Self.isTestFile),
                let source = planting.sources[sibling]
            else { continue }
            let name = planting.name()
            let runner = source.split(separator: "\n").filter { line in
                ["node:test", "'vitest'", "\"vitest\"", "@jest/globals"].contains {
                    line.contains($0)
                } && ["import ", "const ", "let ", "var "].contains { line.hasPrefix($0) }
            }
            let call = source.contains("test(") ? "test" : "it"
            let text =
                runner.joined(separator: "\n")
                + "\n\(call)('\(name)', () => {\n  throw new Error('as it must');\n});\n"
            planting.write(text, to: Self.fileName(like: sibling, planting.name()))
            planting.expectCanary(name)
        }
    }

    func copies(of tests: [String], _ planting: inout Planting) {
        for test in tests {
            let title = test.split(separator: " > ").last.map(String.init) ?? test
            let files = planting.sources.keys.sorted().filter(Self.isTestFile)
            let isCopied = files.contains { copy(title, of: test, in: $0, &planting) }
            if !isCopied { planting.leaveOut(test, reason: "no call with its title was found") }
        }
    }

    private func copy(
        _ title: String, of test: String, in path: String, _ planting: inout Planting
    ) -> Bool {
        guard let text = planting.text(of: path) else { return false }
        let scanner = CodeScanner(text, language: .javaScript)
        for call in Self.calls {
            for quote in ["'", "\"", "`"] {
                guard let start = scanner.find("\(call)(\(quote)\(title)\(quote)", from: 0),
                    start == 0 || !CodeScanner.isWord(scanner.bytes[start - 1]),
                    let close = scanner.closing(of: start + call.utf8.count)
                else { continue }
                let statement = scanner.text(start..<close + 1)
                func named(_ text: String, _ name: String) -> String {
                    text.replacing(title, with: name, maxReplacements: 1) + ";"
                }
                let renamed = planting.name()
                planting.expectCopy(renamed, of: test, mustPass: true)
                var copies = [named(statement, renamed)]
                let inner = CodeScanner(statement, language: .javaScript)
                let bodyStart = inner.find("=>", from: 0) ?? inner.find("{", from: 0) ?? 0
                let variants = AssertionRewriter(language: .javaScript)
                    .variants(of: statement, bodyStart: bodyStart)
                for variant in variants {
                    let name = planting.name()
                    planting.expectCopy(name, of: test, mustPass: false)
                    copies.append(named(variant.text, name))
                }
                if variants.isEmpty {
                    planting.leaveOut(test, reason: "no expected value was found in it")
                }
                var bytes = scanner.bytes
                bytes.insert(
                    contentsOf: Array((";\n" + copies.joined(separator: "\n")).utf8), at: close + 1)
                planting.write(String(decoding: bytes, as: UTF8.self), to: path)
                return true
            }
        }
        return false
    }

    private static func isTestFile(_ path: String) -> Bool {
        ["js", "cjs", "mjs", "ts", "cts", "mts", "jsx", "tsx"].contains {
            path.hasSuffix("." + $0)
        }
    }

    /// The same directory and endings, so that the same patterns find it.
    private static func fileName(like path: String, _ name: String) -> String {
        let endings = path.lastOfPath.split(separator: ".").dropFirst().joined(separator: ".")
        return "\(name).\(endings)".inDirectory(path.directoryOfPath)
    }
}
