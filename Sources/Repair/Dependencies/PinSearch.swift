internal import RunModel
internal import Synchronization

/// The search behind `PinFixer`: which package, which of its releases.
final class PinSearch: Sendable {
    enum Answer {
        case found([ResolvedPackage])
        case no(String)
    }

    private let problem: RepairProblem
    private let tools: RepairTools
    /// What resolves today, by name.
    private let now: [String: String]
    private let moved: [ResolvedPackage]
    private let count = Mutex(0)

    /// How often the failing tests were run.
    var probes: Int { count.withLock { $0 } }

    init(
        problem: RepairProblem, tools: RepairTools, now: [String: String], moved: [ResolvedPackage]
    ) {
        self.problem = problem
        self.tools = tools
        self.now = now
        self.moved = moved
    }

    /// The 1-minimal set of packages whose move breaks the tests; versions are the good ones.
    func culprits() async throws -> Answer {
        // Both ends must hold, or the search would find something, but not the cause.
        guard try await outcome(old: moved) == .passed else {
            return .no("the tests do not pass with the last good versions either")
        }
        guard try await outcome(old: []) == .failed else {
            return .no("the tests do not fail with today's versions")
        }
        var search = DeltaDebugging(probeLimit: .max)
        search.begin(Array(moved.indices))
        // What "cures" here is what is enough to break the tests.
        while let subset = search.next() {
            let old = moved.indices.filter { !subset.contains($0) }.map { moved[$0] }
            search.record(try await outcome(old: old) == .failed ? .cured : .stillFailing)
        }
        return .found(search.outcome.units.map { moved[$0] })
    }

    /// The first release after the good one with which the tests fail.
    func firstBadVersion(of culprit: ResolvedPackage) async throws -> String {
        let latest = now[culprit.name] ?? culprit.version
        var releases = try await self.releases(
            of: culprit.name, after: culprit.version, upTo: latest)
        if releases.last != latest { releases.append(latest) }
        // Invariant: everything before `low` is good, `high` is bad.
        var (low, high) = (0, releases.count - 1)
        while low < high {
            let middle = (low + high) / 2
            var pinned = culprit
            pinned.version = releases[middle]
            switch try await outcome(old: [pinned]) {
            case .passed: low = middle + 1
            case .failed: high = middle
            // It cannot be had or built: the next later one decides.
            case .unresolved:
                releases.remove(at: middle)
                high -= 1
            }
        }
        return releases[high]
    }

    /// Lines of the release's own change log, when its source distribution has one.
    func changelog(of package: String, version: String) async throws -> String? {
        // Read as an archive, in the sandbox: nothing of the package is run but its metadata hook.
        let script = """
            import pathlib, subprocess, sys, tarfile, tempfile
            name, version = sys.argv[1:3]
            with tempfile.TemporaryDirectory() as folder:
                subprocess.run([sys.executable, '-m', 'pip', 'download', '--quiet', '--no-deps',
                    '--no-binary', ':all:', '-d', folder, name + '==' + version], check=True)
                with tarfile.open(next(pathlib.Path(folder).glob('*.tar.gz'))) as archive:
                    for member in archive.getmembers():
                        stem = pathlib.PurePath(member.name).stem.lower()
                        if member.isfile() and stem in ('changes', 'changelog', 'history', 'news'):
                            text = archive.extractfile(member).read(1 << 20).decode('utf-8', 'replace')
                            lines = text.splitlines()
                            at = [i for i, line in enumerate(lines) if version in line]
                            if at: print('\\n'.join(lines[at[0]:at[0] + 25])); break
            """
        var request = CommandRequest(
            tree: nil, arguments: ["python3", "-c", script, package, version],
            limits: problem.limits, role: "fix")
        request.network = problem.dependencyNetwork
        let result = try await tools.executor.run(request)
        let text = String(decoding: result.standardOutput.prefix(4000), as: UTF8.self)
        return result.report.exitCode == 0 && text.contains(version) ? text : nil
    }

    /// Today's resolution, with `old` held at the given versions.
    private func outcome(old: [ResolvedPackage]) async throws -> ProbeOutcome {
        count.withLock { $0 += 1 }
        // Packages that did not move are left to the resolver: dictating them can make it fail.
        var versions = now.filter { name, _ in moved.contains { $0.name == name } }
        for package in old { versions[package.name] = package.version }
        let lines = versions.sorted { $0.key < $1.key }.map { "\($0.key)==\($0.value)\n" }
        let path = ".drydock/constraints.txt"
        var variation = ProbeVariation(tree: problem.tree, runsSetup: true, role: "bisect")
        variation.overlays = [OverlayFile(path: path, content: Array(lines.joined().utf8))]
        variation.environment = ["PIP_CONSTRAINT": path, "UV_CONSTRAINT": path]
        return try await tools.probe.result(of: variation).outcome
    }

    /// Final releases in the index, ordered, after `good` and up to `bad`.
    private func releases(
        of package: String, after good: String, upTo bad: String
    ) async throws -> [String] {
        var request = CommandRequest(
            tree: nil, arguments: ["python3", "-m", "pip", "index", "versions", package],
            limits: problem.limits, role: "fix")
        request.network = problem.dependencyNetwork
        let result = try await tools.executor.run(request)
        let text = SourceText(String(decoding: result.standardOutput, as: UTF8.self))
        guard let low = PythonVersion(good), let high = PythonVersion(bad),
            let line = text.lines.first(where: { $0.hasPrefix("Available versions: ") })
        else { return [bad] }
        return line.dropFirst(20).split(separator: ",")
            .compactMap { PythonVersion(String($0.drop { $0 == " " })) }
            .filter { $0 > low && $0 <= high && (!$0.isPrerelease || $0 == high) }
            .sorted().map(\.description)
    }
}
