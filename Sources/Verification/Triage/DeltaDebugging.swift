package import RunModel

extension DeltaDebugging {
    /// - Parameters:
    ///   - units: a set that is known to cure.
    ///   - probe: asked with ascending lists of units.
    package mutating func minimise(
        _ units: [Int], probe: ([Int]) async throws -> ProbeAnswer
    ) async throws -> Outcome {
        begin(units)
        while let subset = next() { record(try await probe(subset)) }
        return outcome
    }
}
