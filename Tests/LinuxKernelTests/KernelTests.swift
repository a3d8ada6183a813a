import TestSupport
import Testing

@testable import LinuxKernel

@Suite struct KernelTests {
    @Test func failedCallsSayWhatWasTried() {
        let error = #expect(throws: SystemError.self) {
            _ = try OwnedDescriptor.open("/no/such/file")
        }
        #expect(error?.description == "open of /no/such/file failed: No such file or directory")
    }

    @Test func filesBeyondTheirBoundAreRefused() throws {
        #expect(throws: SystemError.self) {
            _ = try SmallFile.read("/dev/zero", byteLimit: 10_000)
        }
        #expect(try SmallFile.read("/dev/null") == [])
    }

    @Test func pidOnesExecutableIsSealed() throws {
        let program = try InitProgram(copying: "/bin/true")
        let isSealed = program.isSealed
        #expect(isSealed)
    }

    @Test func namespaceNamesAreThoseOfTheReport() {
        let all: NamespaceSet = [.user, .pid, .mount, .network, .ipc, .uts, .cgroup, .time]
        #expect(
            all.names == ["user", "pid", "mount", "network", "ipc", "uts", "cgroup", "time"])
    }

    @Test func injectedFailuresComeOnce() throws {
        FaultInjection.fail(afterCalls: 2)
        defer { FaultInjection.fail(afterCalls: 0) }
        _ = try OwnedDescriptor.open("/dev/null")
        let error = #expect(throws: SystemError.self) { _ = try OwnedDescriptor.open("/dev/null") }
        #expect(error?.errorNumber == 5)
        #expect(!FaultInjection.isPending)
        _ = try OwnedDescriptor.open("/dev/null")
    }

    /// The coding is checked by pid 1 itself; here, that lengths are what it expects.
    @Test(arguments: [0, 1, 2, 3, 4, 7, 8, 100])
    func plansAreWholeMultiplesOfEightBytes(count: Int) {
        let text = String(repeating: "x", count: count)
        let bytes = SetupPlanCoding.encode(
            [.hostname(text), .file(path: "/a", mode: 0, content: Array(text.utf8))],
            inheritedCount: 0)
        #expect(bytes.count % 8 == 0)
        let total = bytes[8..<16].reversed().reduce(0) { $0 << 8 | Int($1) }
        #expect(total == bytes.count)
    }
}
