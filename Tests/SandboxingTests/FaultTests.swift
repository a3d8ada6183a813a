import Foundation
import Glibc
import LinuxKernel
import RunModel
import Testing

@testable import Sandboxing

/// Fails the Nth system call of set-up, for every N: the result is a clean error, and nothing of
/// the sandbox is left. Each runs in a process of its own, where what is counted is ours alone.
@Suite struct FaultTests {
    @Test func everyCallOfTheLauncher() async {
        let result = await #expect(
            processExitsWith: .success, observing: [\.standardErrorContent]
        ) {
            let host = try TestSandbox.host()
            _ = try Sandbox.run(TestSandbox.request("/bin/true"), on: host)
            let before = Remains.now()
            var failures = 0
            for count in 1... {
                FaultInjection.fail(afterCalls: count)
                var isOver = false
                do {
                    let running = try Sandbox.start(TestSandbox.request("/bin/true"), on: host)
                    isOver = FaultInjection.isPending
                    FaultInjection.fail(afterCalls: 0)
                    _ = try running.wait()
                } catch let error as SandboxError {
                    FaultInjection.fail(afterCalls: 0)
                    failures += 1
                    try Remains.require(error.exitStatus == 125, "\(count): \(error)")
                }
                try Remains.requireNothing(but: before, "call \(count) left something")
                if isOver { break }
            }
            try Remains.require(failures > 40, "only \(failures) calls were made to fail")
        }
        let said = String(decoding: result?.standardErrorContent ?? [], as: UTF8.self)
        #expect(said.isEmpty, "\(said.prefix(2_000))")
    }

    @Test func everyCallOfPidOne() async {
        let result = await #expect(
            processExitsWith: .success, observing: [\.standardErrorContent]
        ) {
            try failEveryCallOfPidOne(on: TestSandbox.host(), atLeast: 60)
        }
        let said = String(decoding: result?.standardErrorContent ?? [], as: UTF8.self)
        #expect(said.isEmpty, "\(said.prefix(2_000))")
    }

    /// The same where the root is made step by step.
    @Test func everyCallOfPidOneWithoutAReadyRoot() async {
        let result = await #expect(
            processExitsWith: .success, observing: [\.standardErrorContent]
        ) {
            try failEveryCallOfPidOne(on: TestSandbox.host(keepsRootTrees: false), atLeast: 100)
        }
        let said = String(decoding: result?.standardErrorContent ?? [], as: UTF8.self)
        #expect(said.isEmpty, "\(said.prefix(2_000))")
    }
}

private func failEveryCallOfPidOne(on host: SandboxHost, atLeast least: Int) throws {
    _ = try Sandbox.run(TestSandbox.request("/bin/true"), on: host)
    let before = Remains.now()
    var failures = 0
    var successes = 0
    // Some failures are ignored for good reasons (a mask of a path that is not there), so the end is
    // reached when several in a row change nothing.
    var count = 0
    while successes < 20 {
        count += 1
        do {
            let running = try Sandbox.start(
                TestSandbox.request("/bin/true"), on: host, failingCall: count)
            let result = try running.wait()
            try Remains.require(result.report.exitCode == 0, "\(count)")
            successes += 1
        } catch let error as SandboxError {
            failures += 1
            successes = 0
            try Remains.require(
                error.problem.contains("Input/output error"), "\(count): \(error)")
        }
        try Remains.requireNothing(but: before, "call \(count) left something")
    }
    try Remains.require(failures > least, "only \(failures) calls were made to fail")
}

/// What a sandbox could leave in this process and on this machine.
struct Remains {
    let descriptors: Int
    let children: String
    let mounts: Int
    let groups: [String]

    static func now() -> Remains {
        let mounts = (try? SmallFile.readText("/proc/self/mountinfo")) ?? ""
        let own = CgroupLeftovers.find(
            in: CgroupHierarchies.detect(), leasesIn: "/run/drydock"
        ).map(\.path)
        // Sandboxes of other tests have groups of the same kind: ours are those whose lease is free.
        let abandoned = own.filter { path in
            let number = Int(path.split(separator: "-").last ?? "") ?? -1
            let directory = geteuid() == 0 ? "/run/drydock" : "/tmp/drydock-\(geteuid())"
            guard let lease = try? SandboxLease(number: number, directory: directory) else {
                return false
            }
            _ = consume lease
            return true
        }
        return Remains(
            descriptors: FileKind.names(in: "/proc/self/fd").count,
            children: (try? SmallFile.readText("/proc/thread-self/children")) ?? "",
            mounts: mounts.split(separator: "\n").count, groups: abandoned.sorted())
    }

    /// Groups that another left before may go meanwhile: every start sweeps.
    func isNoMore(than before: Remains) -> Bool {
        descriptors == before.descriptors && children == before.children
            && mounts == before.mounts && Set(groups).isSubset(of: before.groups)
    }

    /// What other sandboxes of this machine are about to remove goes within moments; a leak stays.
    static func requireNothing(but before: Remains, _ message: String) throws {
        for _ in 0..<40 {
            if now().isNoMore(than: before) { return }
            usleep(50_000)
        }
        try require(false, "\(message): \(now()) instead of \(before)")
    }

    static func require(_ holds: Bool, _ message: String) throws {
        guard holds else { throw Failure(message: message) }
    }

    struct Failure: Error, CustomStringConvertible {
        let message: String
        var description: String { message }
    }
}
