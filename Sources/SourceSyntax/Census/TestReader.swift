/// Turns the tokens of a file into tests.
struct TestReader {
    let stream: TokenStream
    let profile: LanguageProfile
    let path: String
    let assertions: AssertionReader
    let markers: MarkerReader
    let parameters: ParameterReader
    let digests: TokenDigests
    private let mayHoldTests: Bool

    struct Result {
        var tests: [TestCase] = []
        var looseAssertions: [Assertion] = []
        var undiscovered: [SymbolSummary] = []
        var symbols: [SymbolSummary] = []
    }

    /// A test before its surroundings are known.
    struct Draft {
        var name: String
        var range: Range<Int>
        var body: Range<Int>
        var statements: Range<Int>
        var annotations: [Annotation]
        var markers: [TestMarker]
        var parameterCases: Int?
        var line: Int
        var endLine: Int
    }

    init(_ stream: TokenStream, profile: LanguageProfile, path: String) {
        self.stream = stream
        self.profile = profile
        self.path = path
        digests = stream.digests
        mayHoldTests = profile.mayHoldTests(path)
        assertions = AssertionReader(stream, profile: profile)
        markers = MarkerReader(stream: stream, profile: profile)
        parameters = ParameterReader(stream: stream, profile: profile)
    }

    func read() -> Result {
        var result = Result()
        let declarations = stream.declarations()
        var containers: [TestContainer] = []
        var drafts: [Draft] = []
        for declaration in declarations where !declaration.isFunction {
            containers.append(
                TestContainer(
                    name: declaration.name, range: declaration.tokens,
                    markers: markers.markers(of: declaration.annotations, on: declaration.name),
                    heritage: declaration.heritage))
        }
        let calls = CallTestReader(
            stream: stream, profile: profile, markers: markers, parameters: parameters
        ).read()
        containers += calls.groups
        drafts += calls.tests
        drafts += MacroTestReader(
            stream: stream, profile: profile, markers: markers, assertions: assertions
        ).read(isTestFile: path.lowercased().contains("test"))
        let enclosing = ContainerIndex(containers)
        for declaration in declarations {
            let symbol = SymbolSummary(
                name: declaration.name, isFunction: declaration.isFunction, line: declaration.line,
                endLine: declaration.endLine, bodyHash: digests.hash(declaration.rest),
                bodyTokens: digests.meaningfulTokens(declaration.rest),
                constantResult: declaration.isFunction ? constantResult(declaration) : nil,
                isHollow: declaration.isFunction && isHollow(declaration))
            result.symbols.append(symbol)
            guard declaration.isFunction else { continue }
            if isTest(declaration, in: enclosing) {
                drafts.append(draft(of: declaration))
            } else {
                result.undiscovered.append(symbol)
            }
        }
        drafts.sort {
            ($0.range.lowerBound, -$0.range.upperBound) < (
                $1.range.lowerBound, -$1.range.upperBound
            )
        }
        drafts = outermost(drafts)
        containers += setUpMarkers(declarations, enclosing)
        let fileMarkers = markers.fileMarkers(
            outside: drafts.map(\.range) + containers.map(\.range) + declarations.map(\.tokens))
        if !fileMarkers.isEmpty {
            containers.append(
                TestContainer(
                    name: path, range: 0..<stream.tokens.count, markers: fileMarkers, isNamed: false
                ))
        }
        let surroundings = ContainerIndex(containers)
        result.tests = drafts.map { finish($0, surroundings) }
        result.looseAssertions = looseAssertions(outside: drafts.map(\.range))
        return result
    }

    /// Without tests inside tests: their assertions count for the outer one.
    private func outermost(_ drafts: [Draft]) -> [Draft] {
        var kept: [Draft] = []
        for draft in drafts {
            if let last = kept.last, last.range.upperBound >= draft.range.upperBound { continue }
            kept.append(draft)
        }
        return kept
    }

    // MARK: Functions

    private func isTest(_ declaration: Declaration, in containers: ContainerIndex) -> Bool {
        let vocabulary = profile.tests
        let isAnnotated = declaration.annotations.contains { annotation in
            vocabulary.annotations.contains {
                annotation.path == $0 || annotation.path.hasSuffix("." + $0)
            }
        }
        if isAnnotated { return true }
        if vocabulary.calls.contains(declaration.name) { return false }
        let isNamed = vocabulary.namePrefixes.contains { prefix in
            guard declaration.name.hasPrefix(prefix) else { return false }
            let next = declaration.name.dropFirst(prefix.count).first
            return !vocabulary.upperAfterPrefix || next.map { !$0.isLowercase } ?? true
        }
        guard isNamed else { return false }
        let enclosing = containers.around(declaration.tokens).last
        let heritage = enclosing?.heritage ?? ""
        switch profile.language {
        case .python:
            guard mayHoldTests else { return false }
            guard let enclosing else { return true }
            return enclosing.name.hasPrefix("Test") || enclosing.name.hasSuffix("Tests")
                || enclosing.name.hasSuffix("Test") || heritage.contains("Test")
        case .java:
            return heritage.contains("Test") && isPublicWithoutParameters(declaration)
        case .swift:
            // An extension does not say what its class inherits.
            let names = ["Test", "Tests", "TestCase"]
            return heritage.contains("Test")
                || mayHoldTests
                    && names.contains { enclosing?.name.hasSuffix($0) ?? false }
        case .php, .ruby:
            return enclosing.map {
                heritage.contains("Test") || $0.name.hasSuffix("Test") || $0.name.hasPrefix("Test")
            } ?? false
        case .go: return mayHoldTests
        default: return mayHoldTests
        }
    }

    /// What JUnit 3 runs: others that are called like tests are their helpers.
    private func isPublicWithoutParameters(_ declaration: Declaration) -> Bool {
        let open = declaration.rest.lowerBound
        let isHidden = (declaration.tokens.lowerBound..<open).contains {
            stream.matches($0, "private") || stream.matches($0, "protected")
        }
        return !isHidden && stream.matches(open, "(") && stream.matches(open + 1, ")")
    }

    private func draft(of declaration: Declaration) -> Draft {
        let start = declaration.annotations.first.map { _ in declaration.tokens.lowerBound }
        return Draft(
            name: declaration.name,
            range: (start ?? declaration.tokens.lowerBound)..<declaration.tokens.upperBound,
            body: declaration.rest, statements: statements(of: declaration),
            annotations: declaration.annotations,
            markers: markers.markers(of: declaration.annotations, on: nil),
            parameterCases: parameters.cases(of: declaration.annotations, body: declaration.rest),
            line: declaration.line, endLine: declaration.endLine)
    }

    private func statements(of declaration: Declaration) -> Range<Int> {
        let children = stream.source.children(of: declaration.node)
        let body =
            stream.source.child(of: declaration.node, field: "body")
            ?? children.last { stream.source.kind(of: stream.source.nodes[$0]).hasSuffix("body") }
        guard let body else { return declaration.rest }
        return stream.range(ofNode: body)
    }

    private static let hollow: Set<String> = [
        "{", "}", ";", "pass", "return", "end", "...", "def", "(", ")",
        // What may stand between parameters and body.
        "*", ":", "void", "&",
    ]

    private func isHollow(_ declaration: Declaration) -> Bool {
        statements(of: declaration).allSatisfy { index in
            let token = stream.tokens[index]
            return token.kind == .blockStart || token.kind == .blockEnd || token.kind == .string
                || Self.hollow.contains(stream.text(index))
        }
    }

    /// What a body of one constant gives back.
    private func constantResult(_ declaration: Declaration) -> String? {
        var value: String?
        for index in statements(of: declaration) {
            let token = stream.tokens[index]
            if token.kind == .blockStart || token.kind == .blockEnd { continue }
            let text = stream.text(index)
            switch text {
            case "{", "}", ";", "return", "end", "=", "=>", "def", "(", ")": continue
            case "true", "false", "True", "False", "YES", "NO", "0", "1", "null", "nil", "None":
                guard value == nil else { return nil }
                value = text
            default: return nil
            }
        }
        return value
    }

    // MARK: Surroundings

    private static let setUpNames: Set<String> = [
        "setUp", "setUpClass", "setUpModule", "setup", "setup_method", "setup_class",
        "setup_module",
        "SetUp", "setUpWithError", "before", "TestMain", "oneTimeSetUp",
    ]

    /// A skip in the set-up of a class skips the class.
    private func setUpMarkers(
        _ declarations: [Declaration], _ containers: ContainerIndex
    ) -> [TestContainer] {
        declarations.filter { $0.isFunction && Self.setUpNames.contains($0.name) }
            .compactMap { setUp in
                let found = markers.bodyMarkers(in: setUp.rest).map { marker in
                    var marker = marker
                    marker.container = setUp.name
                    return marker
                }
                guard !found.isEmpty else { return nil }
                let around = containers.around(setUp.tokens).last
                return TestContainer(
                    name: setUp.name, range: around?.range ?? 0..<stream.tokens.count,
                    markers: found, isNamed: false)
            }
    }

    private func finish(_ draft: Draft, _ containers: ContainerIndex) -> TestCase {
        let around = containers.around(draft.range)
        let names = around.filter(\.isNamed).map(\.name)
        let vocabulary = TestVocabularyDigest(stream, [draft.body])
        let annotationLiterals = draft.annotations.flatMap { annotation in
            annotation.arguments.filter {
                stream.tokens[$0].kind == .string || stream.tokens[$0].kind == .number
            }.map(stream.normalised)
        }
        let rowTokens = draft.annotations.flatMap { annotation in
            annotation.arguments.filter {
                [.string, .number, .word].contains(stream.tokens[$0].kind)
            }.map(stream.normalised)
        }
        return TestCase(
            identifier: (names + [draft.name]).joined(separator: "::"), name: draft.name,
            containers: names, line: draft.line, endLine: draft.endLine,
            markers: draft.markers + markers.bodyMarkers(in: draft.statements)
                + around.flatMap(\.markers),
            parameterCases: draft.parameterCases,
            parameterLiterals: draft.parameterCases == nil ? [] : rowTokens.sorted(),
            assertions: assertions.assertions(in: draft.statements),
            bodyTokens: digests.meaningfulTokens(draft.statements),
            bodyHash: digests.hash(draft.body), fingerprint: vocabulary.fingerprint,
            literals: Array(Set(vocabulary.literals + annotationLiterals)).sorted(),
            expectedError: expectedError(draft.annotations))
    }

    private func expectedError(_ annotations: [Annotation]) -> String? {
        for annotation in annotations {
            if annotation.path.hasSuffix("should_panic") {
                return "panic " + annotation.argumentText
            }
            if annotation.path.hasSuffix("ExpectedException") { return annotation.argumentText }
            if let found = annotation.argumentText.range(of: "expected=")
                ?? annotation.argumentText.range(of: "expectedExceptions=")
            {
                return String(annotation.argumentText[found.upperBound...].prefix { $0 != "," })
            }
        }
        return nil
    }

    private func looseAssertions(outside tests: [Range<Int>]) -> [Assertion] {
        var found: [Assertion] = []
        var start = 0
        for range in tests + [stream.tokens.count..<stream.tokens.count] {
            if start < range.lowerBound {
                found += assertions.assertions(in: start..<range.lowerBound)
            }
            start = max(start, range.upperBound)
        }
        return found
    }
}

extension String {
    /// The first place of `part`; the standard library has none without Foundation.
    func range(of part: String) -> Range<String.Index>? {
        firstRange(of: part)
    }
}
