/// Where a test stands.
package struct TestReference: Sendable, Equatable {
    package var path: String
    package var identifier: String
    /// 1-based.
    package var line: Int

    package init(path: String, identifier: String, line: Int) {
        self.path = path
        self.identifier = identifier
        self.line = line
    }
}

/// One thing that a change did to a test.
package struct TestChange: Sendable, Equatable {
    package enum Kind: String, Sendable, CaseIterable {
        /// Gone, and nothing took its place.
        case deleted
        /// Gone together with the code that it names.
        case deletedWithSubject
        /// Gone, while a parametrised test of the file gained as many rows.
        case replacedByRows
        /// Its rows went into a parametrised test.
        case merged
        /// The same body is still there, where no runner finds it.
        case undiscovered
        case emptied
        /// Emptied, and there were no assertions before.
        case emptiedWithoutAssertions
        case disabled
        case conditionallyDisabled
        case focused
        case retried
        case timeoutRaised
        case parametersRemoved
        case assertionsRemoved
        /// The assertion went together with code that it names.
        case assertionsRemovedWithSubject
        /// An assertion of a helper of the tests went.
        case helperAssertionsRemoved
        /// Exact to approximate, type or truthy.
        case weakened
        /// An exact assertion went, a weak one on something else came.
        case replacedByWeaker
        /// The opposite is demanded.
        case flipped
        case toleranceWidened
        case errorBroadened
        case valueReplaced
        case madeConstant
        /// The assertion's failure is caught.
        case swallowed
    }

    package var kind: Kind
    package var base: TestReference?
    package var head: TestReference?
    /// What was there, as written without formatting.
    package var before: String
    package var after: String
    /// Line in the head, or in the base where the head has none.
    package var line: Int

    /// The path in the head where there is one.
    package var path: String { head?.path ?? base?.path ?? "" }
}
