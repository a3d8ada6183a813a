/// What keeps a test from being run or from being counted.
package enum MarkerKind: String, Sendable, Codable {
    case skip, conditionalSkip, expectedFailure, focus, retry, timeout

    /// Whether the test's failure no longer fails the run.
    package var disables: Bool {
        switch self {
        case .skip, .conditionalSkip, .expectedFailure: true
        case .focus, .retry, .timeout: false
        }
    }
}

/// A marker on a test, a class or a file.
package struct TestMarker: Sendable, Equatable {
    package var kind: MarkerKind
    /// As written, without white space.
    package var text: String
    /// 1-based.
    package var line: Int
    /// The class, group or file that carries it; `nil`: the test itself.
    package var container: String?
}

/// One test that a runner would find.
package struct TestCase: Sendable, Equatable {
    /// Containers and name, joined by `::`; unique in a file but for parametrised twins.
    package var identifier: String
    package var name: String
    package var containers: [String]
    /// 1-based.
    package var line: Int
    package var endLine: Int
    /// Markers of the test and of everything around it.
    package var markers: [TestMarker]
    /// Written-out parameter rows; `nil` where they are computed or absent.
    package var parameterCases: Int?
    /// Literals and names of the rows, sorted, each as often as it stands there.
    package var parameterLiterals: [String]
    package var assertions: [Assertion]
    /// Statements or, failing that, tokens in the body: 0 for an emptied test.
    package var bodyTokens: Int
    /// Of the body without name, comments and formatting.
    package var bodyHash: UInt64
    /// Sorted distinct hashes of the body's tokens, for likeness.
    package var fingerprint: [UInt64]
    /// Literals of the body and the parameter rows, quotes unified, sorted.
    package var literals: [String]
    /// The runner's demand on the test as a whole, such as `expected = Foo.class`.
    package var expectedError: String?

    package var isDisabled: Bool { markers.contains { $0.kind.disables } }

    /// How alike two bodies are, from 0 to 1.
    package func likeness(to other: TestCase) -> Double {
        if bodyHash == other.bodyHash { return 1 }
        guard !fingerprint.isEmpty, !other.fingerprint.isEmpty else { return 0 }
        var shared = 0
        var (left, right) = (0, 0)
        while left < fingerprint.count, right < other.fingerprint.count {
            if fingerprint[left] == other.fingerprint[right] {
                shared += 1
                left += 1
                right += 1
            } else if fingerprint[left] < other.fingerprint[right] {
                left += 1
            } else {
                right += 1
            }
        }
        return Double(shared) / Double(fingerprint.count + other.fingerprint.count - shared)
    }
}
