import Foundation
import Glibc

/// A child of a test: started by posix_spawn, its streams in files without a name, waited for by
/// its process id.
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
        let child = try start(source.descriptor, output.descriptor, error.descriptor)
        var status: Int32 = 0
        while waitpid(child, &status, 0) < 0 {
            guard errno == EINTR else { throw Failure("waitpid") }
        }
        return Result(
            status: status & 0x7f == 0 ? (status >> 8) & 0xff : 128 + (status & 0x7f),
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

    private func start(_ input: Int32, _ output: Int32, _ error: Int32) throws -> pid_t {
        var actions = posix_spawn_file_actions_t()
        var attributes = posix_spawnattr_t()
        guard posix_spawn_file_actions_init(&actions) == 0, posix_spawnattr_init(&attributes) == 0
        else { throw Failure("posix_spawn_file_actions_init") }
        defer {
            posix_spawn_file_actions_destroy(&actions)
            posix_spawnattr_destroy(&attributes)
        }
        for (target, source) in [input, output, error].enumerated() {
            posix_spawn_file_actions_adddup2(&actions, source, Int32(target))
        }
        // What other threads' children are told to inherit is not for this one.
        _ = Self.closeFrom?(&actions, 3)
        var none = sigset_t()
        sigemptyset(&none)
        posix_spawnattr_setsigmask(&attributes, &none)
        posix_spawnattr_setflags(
            &attributes, Int16(POSIX_SPAWN_SETPGROUP) | Int16(POSIX_SPAWN_SETSIGMASK))
        let command =
            directory.map { ["/usr/bin/env", "--chdir=\($0)", "--"] + arguments } ?? arguments
        let words = (command + environment.map { "\($0.key)=\($0.value)" }).map { strdup($0) }
        defer { for word in words { free(word) } }
        let vector = Array(words[..<command.count]) + [nil]
        let variables = Array(words[command.count...]) + [nil]
        var child: pid_t = 0
        let number = posix_spawn(&child, command[0], &actions, &attributes, vector, variables)
        guard number == 0 else { throw Failure("starting \(command[0])", number) }
        return child
    }

    /// `posix_spawn_file_actions_addclosefrom_np`, which Swift's overlay of glibc lacks.
    private static let closeFrom: CloseFrom? = {
        dlsym(dlopen(nil, RTLD_NOW), "posix_spawn_file_actions_addclosefrom_np")
            .map { unsafeBitCast($0, to: CloseFrom.self) }
    }()
    private typealias CloseFrom =
        @convention(c) (UnsafeMutablePointer<posix_spawn_file_actions_t>, CInt) -> CInt

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
