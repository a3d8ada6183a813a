internal import Glibc
internal import LinuxKernel

/// Ends or signals a running sandbox from another thread than the one that waits for it.
package final class SandboxControl: Sendable {
    private let pipe: DescriptorPair

    init() throws(SystemError) {
        pipe = try OwnedDescriptor.pipe()
        try pipe.first.makeNonblocking()
        try pipe.second.makeNonblocking()
    }

    var readEnd: Int32 { pipe.first.raw }

    /// A byte written here is the number of a stop signal: for signal handlers, which may do
    /// little else. Valid as long as this object.
    package var signalDescriptor: Int32 { pipe.second.raw }

    /// Ends the run at once; its outcome is `cancelled`.
    package func kill() { send(UInt8(SIGKILL)) }

    /// Passes a stop signal on to the command; what is not gone after a grace time is killed.
    package func cancel(signal: Int32) { send(UInt8(truncatingIfNeeded: signal)) }

    private func send(_ byte: UInt8) {
        var byte = byte
        // A full pipe holds thousands of the same wish already.
        _ = write(pipe.second.raw, &byte, 1)
    }

    /// The next wish, if there is one.
    func next() -> Int32? {
        var byte: UInt8 = 0
        return read(pipe.first.raw, &byte, 1) == 1 ? Int32(byte) : nil
    }
}
