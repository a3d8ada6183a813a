/// What the census has to know of a language: one value per language, data only.
package struct LanguageProfile: Sendable {
    package let language: SyntaxLanguage
    /// Without the dot, lower case.
    let extensions: [String]
    /// Programs that a first line `#!` may name.
    let interpreters: [String]
    let syntax: SyntaxKinds
    let tests: TestVocabulary
    let assertions: AssertionVocabulary

    init(
        _ language: SyntaxLanguage, extensions: [String], interpreters: [String] = [],
        syntax: SyntaxKinds, tests: TestVocabulary, assertions: AssertionVocabulary
    ) {
        self.language = language
        self.extensions = extensions
        self.interpreters = interpreters
        self.syntax = syntax
        self.tests = tests
        self.assertions = assertions
    }
}

/// The grammar's names for what the census looks at.
struct SyntaxKinds: Sendable {
    var functions: [String] = []
    var classes: [String] = []
    var comments: [String] = ["comment"]
    /// Read as one token each, interpolations included.
    var strings: [String] = []
    var annotations: [String] = []
    /// Blocks whose ends are not tokens (indentation).
    var silentBlocks: [String] = []
    /// Argument lists that need no parentheses.
    var bareArguments: [String] = []
    /// Handlers of a failure, such as `except_clause`.
    var handlers: [String] = []
    /// Blocks whose failures a handler catches.
    var attempts: [String] = []
    var loops: [String] = []
}

/// How tests look.
struct TestVocabulary: Sendable {
    /// Prefixes that make a function a test in a test file.
    var namePrefixes: [String] = []
    /// Whether the rest of the name must not begin with a lower-case letter (Go).
    var upperAfterPrefix = false
    /// Ends of dotted annotation names that make a function a test.
    var annotations: [String] = []
    /// Functions that take a title and a block.
    var calls: [String] = []
    /// Functions that take a title and a block of tests.
    var groups: [String] = []
    /// Words before a dot that a call or group may follow.
    var receivers: [String] = []
    /// Whether names alone make a test in any file (C++ macros, annotations), or only in test files.
    var markers: [MarkerPattern] = []
    /// Annotations each of which is one parameter row.
    var rowAnnotations: [String] = []
    /// Annotations and call suffixes that take a list of rows: name and index of the list's argument.
    var listAnnotations: [String: Int] = [:]
    /// Path patterns that the usual runners collect.
    var collected: [PathPattern] = []
    /// Folders whose files may hold tests under names that only a configured runner finds.
    var directories: [String] = []
}

/// A dotted name or its end, and what it does to a test.
struct MarkerPattern: Sendable {
    let name: String
    let kind: MarkerKind
    /// Matches only when the argument text contains this, such as `enabled=false`.
    let argument: String?

    init(_ name: String, _ kind: MarkerKind, argument: String? = nil) {
        self.name = name
        self.kind = kind
        self.argument = argument
    }

    func matches(path: String, arguments: String) -> Bool {
        guard path == name || path.hasSuffix("." + name) else { return false }
        return argument.map(arguments.contains) ?? true
    }
}

/// How the usual runners choose files.
enum PathPattern: Sendable {
    case prefix(String)
    case suffix(String)
    case directory(String)
    case contains(String)

    func matches(_ path: String) -> Bool {
        let parts = path.split(separator: "/")
        guard let base = parts.last else { return false }
        switch self {
        case .prefix(let text): return base.hasPrefix(text)
        case .suffix(let text): return base.hasSuffix(text)
        case .directory(let text): return parts.dropLast().contains { $0 == text }
        case .contains(let text): return base.contains(text)
        }
    }
}

/// How assertions look.
struct AssertionVocabulary: Sendable {
    /// Called as `name(...)`, `x.name(...)`, `name!(...)`.
    var functions: [AssertionForm] = []
    /// The words before the dot where the functions' names alone say too little; empty: any.
    var receivers: Set<String> = []
    /// Begin a sentence: `expect(x)`.
    var starters: [String] = []
    /// End a sentence: `.toBe(1)`, `to eq 1`, `.Should().Be(1)`.
    var matchers: [AssertionForm] = []
    /// In a sentence before the matcher.
    var negations: [String] = []
    /// Need no starter: what stands before is the subject (`x.must_equal 2`, `x shouldBe 3`).
    var infix: [AssertionForm] = []
}

/// One assertion function or matcher.
struct AssertionForm: Sendable {
    enum Layout: Sendable {
        /// One boolean expression, looked into.
        case expression
        /// Two operands in either order.
        case operands
        /// One operand.
        case subject
        /// The error's type, then the code.
        case error
    }
    let name: String
    let comparison: Comparison
    let layout: Layout
    /// Arguments before the operands (testify's `t`).
    let skipped: Int
    /// Where the tolerance stands: position after the operands, or labels.
    let tolerance: Int?
    let isNegated: Bool

    init(
        _ name: String, _ comparison: Comparison, _ layout: Layout = .operands, skipped: Int = 0,
        tolerance: Int? = nil, isNegated: Bool = false
    ) {
        self.name = name
        self.comparison = comparison
        self.layout = layout
        self.skipped = skipped
        self.tolerance = tolerance
        self.isNegated = isNegated
    }

    static func equal(_ names: String..., skipped: Int = 0) -> [AssertionForm] {
        names.map { AssertionForm($0, .equal, skipped: skipped) }
    }
    static func notEqual(_ names: String..., skipped: Int = 0) -> [AssertionForm] {
        names.map { AssertionForm($0, .equal, skipped: skipped, isNegated: true) }
    }
    static func expression(_ names: String..., skipped: Int = 0) -> [AssertionForm] {
        names.map { AssertionForm($0, .truthy, .expression, skipped: skipped) }
    }
    static func subject(
        _ comparison: Comparison, _ names: String..., skipped: Int = 0, isNegated: Bool = false
    ) -> [AssertionForm] {
        names.map {
            AssertionForm($0, comparison, .subject, skipped: skipped, isNegated: isNegated)
        }
    }
    static func operands(
        _ comparison: Comparison, _ names: String..., skipped: Int = 0, tolerance: Int? = nil,
        isNegated: Bool = false
    ) -> [AssertionForm] {
        names.map {
            AssertionForm(
                $0, comparison, skipped: skipped, tolerance: tolerance, isNegated: isNegated)
        }
    }
    static func error(_ names: String..., skipped: Int = 0) -> [AssertionForm] {
        names.map { AssertionForm($0, .throwsError, .error, skipped: skipped) }
    }
}
