import Foundation
import Glibc
import LinuxKernel

/// A child of a test, its streams in files without a name, waited for by its process id.
///
/// Tests start thousands of children from many threads at once. Foundation's `Process` connects
/// every child with the run loop of the thread that happens to start it and with one manager's;
/// here children share nothing.
package struct ChildProcess: Sendable {
    /// The first is an absolute path.
    package var arguments: [String]
    package var environment: [String: String]
    /// Where it runs; `nil`: where this process does.
    package var directory: String?
    package var input: [UInt8] = []

    package init(
        _ arguments: [String], environment: [String: String], directory: String? = nil,
        input: [UInt8] = []
    ) {
        self.arguments = arguments
        self.environment = environment
        self.directory = directory
        self.input = input
    }

    package struct Result: Sendable {
        /// The exit status; 128 and up for a signal, as shells count.
        package var status: Int32
        package var output: [UInt8]
        package var error: [UInt8]
    }

    package struct Failure: Error, CustomStringConvertible {
        package var description: String

        init(_ operation: String, _ number: Int32 = errno) {
            description = "\(operation): \(String(cString: strerror(number)))"
        }
    }

    /// Starts it and waits for its end; blocks the thread.
    package func run() throws -> Result {
        let source = try Scratch()
        let output = try Scratch()
        let error = try Scratch()
        try source.write(input)
        let child = try HostProcess(
            arguments[0], arguments: Array(arguments.dropFirst()), environment: environment,
            directory: directory, input: .descriptor(source.descriptor),
            output: .descriptor(output.descriptor), error: .descriptor(error.descriptor))
        return Result(
            status: child.wait(),
            output: try output.read(), error: try error.read())
    }

    /// The same on a thread of its own.
    package func result() async throws -> Result {
        try await withCheckedThrowingContinuation { continuation in
            Thread.detachNewThread {
                continuation.resume(with: Swift.Result { try run() })
            }
        }
    }

    /// A file without a name.
    private struct Scratch: ~Copyable {
        let descriptor: Int32

        init() throws {
            var name = Array((NSTemporaryDirectory() + "drydock-child-XXXXXX").utf8CString)
            descriptor = mkstemp(&name)
            guard descriptor >= 0, fcntl(descriptor, F_SETFD, FD_CLOEXEC) == 0 else {
                throw Failure("mkstemp")
            }
            unlink(name)
        }

        deinit { close(descriptor) }

        func write(_ bytes: [UInt8]) throws {
            var offset = 0
            while offset < bytes.count {
                let count = bytes.withUnsafeBytes {
                    pwrite(
                        descriptor, $0.baseAddress.map { $0 + offset }, bytes.count - offset,
                        off_t(offset))
                }
                guard count > 0 else { throw Failure("pwrite") }
                offset += count
            }
        }

        func read() throws -> [UInt8] {
            var status = stat()
            guard fstat(descriptor, &status) == 0 else { throw Failure("fstat") }
            var bytes = [UInt8](repeating: 0, count: Int(status.st_size))
            var offset = 0
            while offset < bytes.count {
                let count = bytes.withUnsafeMutableBytes {
                    pread(
                        descriptor, $0.baseAddress.map { $0 + offset }, $0.count - offset,
                        off_t(offset))
                }
                guard count >= 0 else { throw Failure("pread") }
                if count == 0 { break }
                offset += count
            }
            return Array(bytes[..<offset])
        }
    }
}
