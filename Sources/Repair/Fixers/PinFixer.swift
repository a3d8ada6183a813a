internal import RunModel

/// Finds which dependency's new release broke the build, and keeps it out by the narrowest bound.
///
/// Delta debugging over the packages that moved, then bisection over the culprit's releases, both
/// through the index that the setup command is configured for: the versions are dictated to it by
/// a constraints file (`PIP_CONSTRAINT`, `UV_CONSTRAINT`), so any setup that ends in pip or uv works.
package struct PinFixer: Fixer {
    package let name = "pin"
    package let summary = "keeps out the dependency release that broke the build"

    package init() {}

    package func propose(
        for problem: RepairProblem, using tools: RepairTools
    ) async throws -> FixerAnswer {
        guard problem.triage.class == .dependencyDrift else {
            return .nothing(reason: "the failure is not dependency drift")
        }
        let now = Dictionary(
            problem.badResolution.map { ($0.name, $0.version) }, uniquingKeysWith: { $1 })
        let moved = problem.goodResolution.filter { was in
            now[was.name].map { $0 != was.version } ?? false
        }
        guard !moved.isEmpty else {
            return .nothing(reason: "no package moved between the two resolutions")
        }
        let search = PinSearch(problem: problem, tools: tools, now: now, moved: moved)
        let culprits: [ResolvedPackage]
        switch try await search.culprits() {
        case .found(let packages): culprits = packages
        case .no(let reason): return .nothing(reason: reason)
        }
        guard culprits.count == 1, let culprit = culprits.first else {
            let names = culprits.map(\.name).joined(separator: ", ")
            return .nothing(reason: "only together do \(names) break it: a human must choose")
        }
        let firstBad = try await search.firstBadVersion(of: culprit)
        let pin = "\(culprit.name)<\(firstBad)"
        guard
            let tree = try await PinEdit(tools: tools, scope: problem.scope)
                .tree(adding: "<\(firstBad)", to: culprit.name, in: problem.tree)
        else { return .nothing(reason: "found `\(pin)`, but no manifest that may be edited") }
        guard tree != problem.tree, !problem.history.contains(where: { $0.tree == tree }) else {
            return .nothing(reason: "`\(pin)` was tried already")
        }
        return .proposal(
            Proposal(
                fixer: name, kind: .pin, tree: tree, base: problem.tree,
                explanation: "\(culprit.name) \(firstBad) broke the build: with everything else as "
                    + "it resolves today, \(culprit.version) passes and \(firstBad) fails "
                    + "(\(search.probes) probes over \(moved.count) moved packages). Keeps it "
                    + "out: `\(pin)`.",
                warnings: [
                    "A bound can keep a security fix out. Lift it as soon as the project works "
                        + "with \(culprit.name) \(firstBad)."
                ],
                changelog: try await search.changelog(of: culprit.name, version: firstBad)))
    }
}
