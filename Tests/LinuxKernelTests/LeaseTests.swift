import TestSupport
import Testing

@testable import LinuxKernel

@Suite struct LeaseTests {
    @Test func numbersAreDifferentWhileHeld() throws {
        try withTemporaryDirectory { directory in
            let first = try SandboxLease(directory: directory, limit: 8)
            let second = try SandboxLease(directory: directory, limit: 8)
            #expect(first.number == 0)
            #expect(second.number == 1)
            let isFree = try SandboxLease(number: 0, directory: directory) != nil
            #expect(!isFree)
            _ = first.descriptor.raw
        }
    }

    @Test func aDuplicateHoldsOn() throws {
        try withTemporaryDirectory { directory in
            let copy = try SandboxLease(directory: directory, limit: 8).descriptor.duplicate()
            let other = try SandboxLease(directory: directory, limit: 8)
            #expect(other.number == 1)
            _ = copy.raw
        }
    }

    @Test func theLowestNumberIsTakenAgain() throws {
        try withTemporaryDirectory { directory in
            do { _ = try SandboxLease(directory: directory, limit: 8) }
            let again = try SandboxLease(directory: directory, limit: 8)
            #expect(again.number == 0)
        }
    }

    /// Numbers stay dense and each is found, however many are taken and wherever one is missing.
    @Test func everyNumberIsTakenOnce() throws {
        try withTemporaryDirectory { directory in
            final class Held {
                let lease: SandboxLease
                init(_ lease: consuming SandboxLease) { self.lease = lease }
            }
            var held: [Int: Held] = [:]
            for expected in 0..<200 {
                let lease = Held(try SandboxLease(directory: directory, limit: 200))
                #expect(lease.lease.number == expected)
                held[lease.lease.number] = lease
            }
            for gap in [0, 1, 63, 64, 100, 128, 199] {
                held[gap] = nil
                let lease = Held(try SandboxLease(directory: directory, limit: 200))
                #expect(lease.lease.number == gap)
                #expect(throws: SystemError.self) {
                    _ = try SandboxLease(directory: directory, limit: 200)
                }
                held[gap] = lease
            }
            #expect(held.count == 200)
        }
    }

    @Test func allTakenIsAnError() throws {
        try withTemporaryDirectory { directory in
            let only = try SandboxLease(directory: directory, limit: 1)
            #expect(throws: SystemError.self) {
                _ = try SandboxLease(directory: directory, limit: 1)
            }
            _ = only.descriptor.raw
        }
    }
}
