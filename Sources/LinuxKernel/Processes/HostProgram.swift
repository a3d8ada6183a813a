internal import CLinux
internal import Glibc

/// Programs of the host's own, outside of any sandbox: only ever the full tool of this version.
package enum HostProgram {
    /// Runs it with this process's environment and streams, and waits.
    ///
    /// - Returns: its exit status; 127 when it could not be started, 128 and up for a signal.
    package static func run(_ arguments: [String]) -> Int32 {
        guard let program = arguments.first else { return 127 }
        let process = withCStrings(arguments) { vector in
            var process: pid_t = 0
            return posix_spawn(&process, program, nil, nil, vector, environ) == 0 ? process : -1
        }
        return process > 0 ? HostProcess.reap(process) : 127
    }

    /// The same, and takes what it writes to standard error, up to 64 KiB.
    package static func runTakingErrors(
        _ arguments: [String]
    ) throws(SystemError) -> (status: Int32, errors: String) {
        guard let program = arguments.first else { return (127, "") }
        let pipe = try OwnedDescriptor.pipe()
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_adddup2(&actions, pipe.second.raw, 2)
        let process = withCStrings(arguments) { vector in
            var process: pid_t = 0
            return posix_spawn(&process, program, &actions, nil, vector, environ) == 0
                ? process : -1
        }
        guard process > 0 else { return (127, "") }
        let output = pipe.first
        // Ours of its side: the end of the stream is the end of the program.
        _ = consume pipe.second
        let said = (try? SmallFile.read(from: output.raw, path: program, byteLimit: 1 << 16)) ?? []
        return (HostProcess.reap(process), String(decoding: said, as: UTF8.self))
    }

    /// The absolute path of a program on this process's `PATH`; `nil` when there is none.
    package static func find(_ name: String) -> String? {
        let path = getenv("PATH").map { String(cString: $0) } ?? "/usr/sbin:/usr/bin:/sbin:/bin"
        return path.split(separator: ":").map { "\($0)/\(name)" }.first {
            $0.hasPrefix("/") && FileKind.of($0) == .regular && access($0, X_OK) == 0
        }
    }

    /// Becomes it. Returns only when that failed.
    package static func become(_ program: String, arguments: [String]) -> SystemError {
        let errorNumber = withCStrings(arguments) { vector in
            execv(program, vector)
            return errno
        }
        return SystemError(operation: "execv", subject: program, errorNumber: errorNumber)
    }

    /// An array of C strings with a null pointer after the last, for the duration of `body`.
    static func withCStrings<Result>(
        _ texts: [String], _ body: (UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>) -> Result
    ) -> Result {
        let strings = texts.map { strdup($0) }
        defer { for string in strings { free(string) } }
        let vector = UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>.allocate(
            capacity: strings.count + 1)
        defer { vector.deallocate() }
        for (index, string) in strings.enumerated() { vector[index] = string }
        vector[strings.count] = nil
        return body(vector)
    }
}
