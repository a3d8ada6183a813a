internal import RunModel

/// Step 5's second half: tests that must fail, and copies of the fixed tests.
extension Verification {
    /// So many directories get a canary; those of the fixed tests come first.
    private static let directoryLimit = 12
    private static let sourceByteLimit = 2 << 20

    func runCanaries(
        plain: TestRun, expected: ExpectedTests, _ state: inout VerificationState
    ) async throws {
        guard let tree = state.pristine?.tree else { return }
        guard let harness else {
            return state.add(.canariesUnavailable, "Runner \(command.runner)")
        }
        var planting = try await planting(tree: tree, named: expected.named, plain: plain)
        harness.canaries(&planting)
        harness.copies(of: expected.named.sorted(), &planting)
        if planting.canaries.isEmpty {
            state.add(.canariesUnavailable, "No directory of tests was found")
        } else {
            state.canaries = VerificationReport.Canaries(planted: planting.canaries.count)
        }
        let uncopied = planting.uncopied.map { "\($0.key) (\($0.value))" }
        state.add(.copiesUnavailable, tests: uncopied)
        guard !planting.files.isEmpty else { return }

        let run = try await runner.run(tree: tree, role: "canary", overlays: planting.overlays)
        state.runs.append(run.evidence)
        judge(run, planting: planting, plain: plain, &state)
    }

    private func planting(
        tree: String, named: Set<String>, plain: TestRun
    ) async throws -> Planting {
        var sources: [String: String] = [:]
        let folder = folder(of: plain)
        let prefix = folder.isEmpty ? "" : folder + "/"
        // Rust's tests stand inside sources, which no pattern of tests matches.
        let hasInlineTests = command.runner == "cargo-test"
        for file in try await trees.files(inTree: tree)
        where command.paths.matches(file.path) || hasInlineTests && file.path.hasSuffix(".rs") {
            guard file.path.hasPrefix(prefix), file.mode == 0o100644 || file.mode == 0o100755,
                let content = try? await trees.blob(file.blob, byteLimit: Self.sourceByteLimit)
            else { continue }
            sources[String(file.path.dropFirst(prefix.count))] = String(
                decoding: content, as: UTF8.self)
        }
        var all = Set(sources.keys.map(\.directoryOfPath))
        // A directory of which no test ran is not looked into: its canary would never be reported.
        let ran = Set(
            plain.outcomes.ids.compactMap { id in
                id.firstRange(of: ".py::").map { String(id[..<$0.lowerBound]).directoryOfPath }
            })
        if !ran.isEmpty { all.formIntersection(ran) }
        let near = all.filter { directory in
            !directory.isEmpty && named.contains { $0.hasPrefix(directory + "/") }
        }
        let ordered = near.sorted() + all.subtracting(near).sorted()
        return Planting(
            sources: sources, directories: Array(ordered.prefix(Self.directoryLimit)),
            names: NameSource(), folder: folder)
    }

    /// The folder that a runner's ids leave out: the one it runs in, unless its configuration stands
    /// further up and the ids begin there.
    private func folder(of plain: TestRun) -> String {
        let folder = command.workingDirectory
        return plain.outcomes.ids.contains { $0.hasPrefix(folder + "/") } ? "" : folder
    }

    private func judge(
        _ run: TestRun, planting: Planting, plain: TestRun, _ state: inout VerificationState
    ) {
        if run.wasCutShort {
            return state.addUnusable(run, "The canary run")
        }
        func ids(_ name: String) -> [String] {
            run.outcomes.ids.filter { $0.contains(name) }
        }
        var passed: [String] = []
        var missing: [String] = []
        for canary in planting.canaries {
            let found = ids(canary)
            if found.isEmpty { missing.append(canary) }
            let green = found.filter { run.outcomes[$0]?.isFailure != true }
            if !found.isEmpty, green.isEmpty { state.canaries?.failed += 1 }
            passed += green
        }
        state.add(.canaryPassed, tests: passed)
        state.add(.canaryMissing, tests: missing)
        judgeCopies(planting.copies, run: run, &state)
        for copy in planting.detached
        where ids(copy.name).contains(where: { run.outcomes[$0]?.isFailure == true }) {
            state.add(.copyDetachedFailed, copy.original)
        }
        if run.report.exitCode == 0, !planting.canaries.isEmpty {
            state.add(.channelsDisagree, "Exit code 0 with planted failures")
        }

        let names = planting.canaries + (planting.copies + planting.detached).map(\.name)
        let tolerated = Set(state.tests.flaky)
        let differing = plain.outcomes.ids.filter { id in
            !tolerated.contains(id) && run.outcomes[id] != plain.outcomes[id]
                && !names.contains(where: id.contains)
        }
        state.add(.canaryRunDiffers, tests: differing)
    }

    private func judgeCopies(
        _ copies: [Planting.Copy], run: TestRun, _ state: inout VerificationState
    ) {
        for copy in copies {
            let found = run.outcomes.ids.filter { $0.contains(copy.name) }
            // Of a parameterised test, the same parameters are looked at.
            let parameters = copy.original.firstIndex(of: "[").map { String(copy.original[$0...]) }
            let same = found.filter { id in parameters.map(id.hasSuffix) ?? true }
            let judged = same.isEmpty ? found : same
            if copy.mustPass {
                if judged.isEmpty || judged.contains(where: { run.outcomes[$0] != .passed }) {
                    state.add(.copyRenamedFailed, copy.original)
                }
            } else if judged.isEmpty {
                state.add(.canaryMissing, "A changed copy of \(copy.original)")
            } else if judged.contains(where: { run.outcomes[$0]?.isFailure != true }) {
                state.add(.copyChangedPassed, copy.original)
            }
        }
    }
}
