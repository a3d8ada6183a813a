import Foundation
import Glibc
import Synchronization
import Testing

@testable import LinuxKernel

/// The kernel sets a memory limit in a loop that gives up for any signal (mem_cgroup_resize_max).
@Suite struct InterruptedWriteTests {
    private final class Writer: Sendable {
        let thread = Mutex<pthread_t?>(nil)
        let error = Mutex<SystemError?>(nil)
        let hasEnded = DispatchSemaphore(value: 0)
    }

    @Test func aWriteThatASignalEndedIsMadeAgain() throws {
        // Without SA_RESTART, as the kernel's own interfaces return.
        var action = sigaction()
        action.__sigaction_handler.sa_handler = { _ in }
        var before = sigaction()
        #expect(sigaction(SIGUSR2, &action, &before) == 0)
        defer { sigaction(SIGUSR2, &before, nil) }
        let pipe = try OwnedDescriptor.pipe()
        try pipe.first.makeNonblocking()
        try pipe.second.makeNonblocking()
        var block = [UInt8](repeating: 0, count: 65536)
        var filled = 0
        while true {
            let count = Glibc.write(pipe.second.raw, block, block.count)
            guard count > 0 else { break }
            filled += count
        }
        // Opened anew by its path it is one that blocks, and the pipe is full.
        let path = "/proc/self/fd/\(pipe.second.raw)"
        let writer = Writer()
        Thread.detachNewThread {
            // What starts threads here, Dispatch, blocks signals in its own.
            var unblocked = sigset_t()
            sigemptyset(&unblocked)
            sigaddset(&unblocked, SIGUSR2)
            pthread_sigmask(SIG_UNBLOCK, &unblocked, nil)
            writer.thread.withLock { $0 = pthread_self() }
            do throws(SystemError) { try SmallFile.write("limit", to: path) } catch {
                writer.error.withLock { $0 = error }
            }
            writer.hasEnded.signal()
        }
        for _ in 0..<20 {
            usleep(5000)
            if let thread = writer.thread.withLock({ $0 }) { pthread_kill(thread, SIGUSR2) }
        }
        var drained = 0
        func drain() { drained += max(0, Glibc.read(pipe.first.raw, &block, block.count)) }
        while drained < filled { drain() }
        writer.hasEnded.wait()
        #expect(writer.error.withLock { $0 } == nil)
        drain()
        #expect(drained == filled + "limit".utf8.count, "it wrote when there was room, and once")
    }
}
