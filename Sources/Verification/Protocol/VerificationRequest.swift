package import RunModel

/// What is to be verified, and how thoroughly.
package struct VerificationRequest: Sendable {
    /// Judges the difference of two trees.
    package typealias Gate = @Sendable (_ base: String, _ head: String) async throws -> GateReport

    package var baseTree: String
    /// Exactly the tree that would be pushed.
    package var headTree: String
    /// Where the named tests pass, when that is known.
    package var goodTree: String?
    /// Ids that must be fixed; empty: those that fail on the base and pass on good, or on head.
    package var tests: [String] = []
    /// Runs of the head in fresh processes, the plain one included; likewise of the control.
    package var repeats = 3
    /// `nil`: nobody judged the change, and the verdict says so.
    package var gate: Gate?
    /// The library that fakes the date in the last repeat, as a path inside the sandbox.
    package var fakeTimeLibrary: String?

    package init(baseTree: String, headTree: String) {
        self.baseTree = baseTree
        self.headTree = headTree
    }
}

/// What verification found, with the digests that the attestation binds.
package struct VerificationOutcome: Sendable {
    package var report: VerificationReport
    /// The tree that ran: the head's with the base's tests.
    package var pristineTree: String?
    /// SHA-256 of what the toolchain probe printed, in hexadecimal.
    package var toolchainDigest: String?
    package var gate: GateReport?
}
