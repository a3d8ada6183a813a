/// A small change with the answer that a rule must give to it.
///
/// Files are given whole; tests build both trees and judge their real difference, the
/// documentation shows it as a unified diff.
package struct RuleExample: Sendable {
    package enum Expectation: Sendable, Equatable {
        /// The rule reports at least one finding.
        case violating
        /// The rule reports nothing.
        case clean
    }

    package var expectation: Expectation
    /// What the change does, as a sentence without a full stop.
    package var summary: String
    package var base: [String: ExampleFile]
    package var head: [String: ExampleFile]
    /// Globs given as `--scope`.
    package var scope: [String]

    package static func violating(
        _ summary: String, base: [String: ExampleFile] = [:], head: [String: ExampleFile] = [:],
        scope: [String] = []
    ) -> RuleExample {
        RuleExample(
            expectation: .violating, summary: summary, base: base, head: head, scope: scope)
    }

    package static func clean(
        _ summary: String, base: [String: ExampleFile] = [:], head: [String: ExampleFile] = [:],
        scope: [String] = []
    ) -> RuleExample {
        RuleExample(expectation: .clean, summary: summary, base: base, head: head, scope: scope)
    }
}

/// One file of an example; a string literal is a regular file with that text.
package struct ExampleFile: Sendable, ExpressibleByStringLiteral, ExpressibleByStringInterpolation {
    package var bytes: [UInt8]
    package var mode: UInt32

    package init(bytes: [UInt8], mode: UInt32 = FileMode.regular) {
        self.bytes = bytes
        self.mode = mode
    }

    package init(_ text: String) { self.init(bytes: Array(text.utf8)) }

    package init(stringLiteral text: String) { self.init(text) }

    package static func executable(_ text: String) -> ExampleFile {
        ExampleFile(bytes: Array(text.utf8), mode: FileMode.executable)
    }

    package static func symbolicLink(to target: String) -> ExampleFile {
        ExampleFile(bytes: Array(target.utf8), mode: FileMode.symbolicLink)
    }

    /// A submodule that points to a commit, 40 hexadecimal digits.
    package static func submodule(commit: String) -> ExampleFile {
        ExampleFile(bytes: Array(commit.utf8), mode: FileMode.submodule)
    }
}
