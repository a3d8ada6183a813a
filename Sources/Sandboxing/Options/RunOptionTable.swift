internal import RunModel

/// One option of `drydock run`.
package struct RunOption: Sendable {
    package let name: String
    /// How its value is named in the help; `nil` for a switch.
    package let placeholder: String?
    package let help: String
    let apply: @Sendable (inout RunOptions, String) throws(SandboxError) -> Void

    init(
        _ name: String, _ placeholder: String?, _ help: String,
        _ apply: @escaping @Sendable (inout RunOptions, String) throws(SandboxError) -> Void
    ) {
        self.name = name
        self.placeholder = placeholder
        self.help = help
        self.apply = apply
    }
}

/// All options, sorted by name.
package enum RunOptionTable {
    package static let all: [RunOption] = [
        RunOption("--bind", "SRC[:DST][:ro|rw]", "extra bind mount, read-only unless :rw") {
            (options: inout RunOptions, text) throws(SandboxError) in
            options.binds.append(try bind(text))
        },
        RunOption("--cpu-time", "TIME", "processor time of the whole run") {
            (options: inout RunOptions, text) throws(SandboxError) in
            options.limits.cpuTimeMilliseconds = try time(text, "--cpu-time")
        },
        RunOption("--cpus", "NUMBER", "processors' worth of time, such as 1.5") {
            (options: inout RunOptions, text) throws(SandboxError) in
            guard let cpus = Double(text), cpus.isFinite else {
                throw wrong("--cpus", text, "a number such as 1.5")
            }
            options.limits.cpus = cpus
        },
        RunOption("--disk", "SIZE", "what the run may write, such as 512MiB") {
            (options: inout RunOptions, text) throws(SandboxError) in
            options.limits.diskBytes = try size(text, "--disk")
        },
        RunOption("--env", "NAME[=VALUE]", "pass a variable on, or set it") {
            (options: inout RunOptions, text) throws(SandboxError) in
            try options.setEnvironment(text)
        },
        RunOption("--explain", nil, "print the plan, every step in order, and exit") {
            (options: inout RunOptions, _) in options.explains = true
        },
        RunOption("--help", nil, "show this help") {
            (options: inout RunOptions, _) in options.wantsHelp = true
        },
        RunOption("--ignored", nil, "with --rev WORKTREE: take files along that git ignores") {
            (options: inout RunOptions, _) in options.takesIgnored = true
        },
        RunOption("--image", "NAME|PATH", "root file system (host)") {
            (options: inout RunOptions, text) in options.image = text
        },
        RunOption("--keep", nil, "keep the worktree as a session and print its id") {
            (options: inout RunOptions, _) in options.keeps = true
        },
        RunOption("--memory", "SIZE", "memory of the whole run, such as 2GiB") {
            (options: inout RunOptions, text) throws(SandboxError) in
            options.limits.memoryBytes = try size(text, "--memory")
        },
        RunOption("--net", "none|loopback|allow=HOST,...|host", "network (none)") {
            (options: inout RunOptions, text) throws(SandboxError) in
            options.network = try network(text)
        },
        RunOption("--net-record", "DIR", "keep every complete answer of the network in DIR") {
            (options: inout RunOptions, text) in options.networkRecordPath = text
        },
        RunOption("--net-replay", "DIR", "answer from DIR, with the network off") {
            (options: inout RunOptions, text) in options.networkReplayPath = text
        },
        RunOption("--output-limit", "SIZE", "bytes kept of each output stream") {
            (options: inout RunOptions, text) throws(SandboxError) in
            options.limits.outputBytes = try size(text, "--output-limit")
        },
        RunOption("--patch", "FILE", "write what the run changed as a git patch") {
            (options: inout RunOptions, text) throws(SandboxError) in
            options.patchPath = try file(text, "--patch")
        },
        RunOption("--pids", "NUMBER", "processes at the same time") {
            (options: inout RunOptions, text) throws(SandboxError) in
            guard let count = UInt64(text) else { throw wrong("--pids", text, "a whole number") }
            options.limits.processes = count
        },
        RunOption("--profile", "NAME|FILE", "sandbox profile (build)") {
            (options: inout RunOptions, text) in options.profile = text
        },
        RunOption(
            "--repo", "PATH",
            "repository whose tree becomes the working directory,"
                + " or session:ID to go on with a kept one"
        ) {
            (options: inout RunOptions, text) in options.repository = text
        },
        RunOption("--report", "FILE", "write the run report (drydock.run/v1)") {
            (options: inout RunOptions, text) throws(SandboxError) in
            options.reportPath = try file(text, "--report")
        },
        RunOption("--rev", "REV", "revision of the repository, or WORKTREE (HEAD)") {
            (options: inout RunOptions, text) in options.revision = text
        },
        RunOption("--stdin", "FILE|-", "standard input (empty)") {
            (options: inout RunOptions, text) in options.standardInput = text
        },
        RunOption("--timeout", "TIME", "wall-clock limit, such as 90s") {
            (options: inout RunOptions, text) throws(SandboxError) in
            options.limits.wallMilliseconds = try time(text, "--timeout")
        },
        RunOption(
            "--trace-files", nil, "report also what was absent, read-only or forbidden by its mode"
        ) {
            (options: inout RunOptions, _) in options.tracesFiles = true
        },
        RunOption("--tty", nil, "give the command a terminal") {
            (options: inout RunOptions, _) in options.wantsTerminal = true
        },
    ]

    /// A dash is standard output elsewhere, and here that is the command's.
    private static func file(_ text: String, _ option: String) throws(SandboxError) -> String {
        guard text != "-" else {
            throw SandboxError(
                .request, "\(option) writes a file, and standard output is the command's",
                remedy: "name a file, such as /dev/stderr, or ./- for one of that name")
        }
        return text
    }

    private static func wrong(_ option: String, _ text: String, _ wanted: String) -> SandboxError {
        SandboxError(.request, "\(option) \(text) is not understood", remedy: "give \(wanted)")
    }

    private static func size(_ text: String, _ option: String) throws(SandboxError) -> UInt64 {
        do throws(QuantityError) { return try Quantity.bytes(text) } catch {
            throw SandboxError(.request, "\(option): \(error)")
        }
    }

    private static func time(_ text: String, _ option: String) throws(SandboxError) -> UInt64 {
        do throws(QuantityError) { return try Quantity.milliseconds(text) } catch {
            throw SandboxError(.request, "\(option): \(error)")
        }
    }

    private static func network(_ text: String) throws(SandboxError) -> NetworkMode {
        guard let mode = NetworkMode(text: text) else {
            throw wrong("--net", text, "none, loopback, allow=HOST,... or host")
        }
        if case .allow(let entries) = mode {
            do throws(EgressRuleError) { _ = try EgressPolicy(entries: entries) } catch {
                throw SandboxError(
                    .request, "--net: \(error)", remedy: "see 'drydock help run'")
            }
        }
        return mode
    }

    private static func bind(_ text: String) throws(SandboxError) -> BindSpecification {
        var parts = text.split(separator: ":", omittingEmptySubsequences: false).map(String.init)
        var isWritable = false
        if let last = parts.last, parts.count > 1, last == "ro" || last == "rw" {
            isWritable = last == "rw"
            parts.removeLast()
        }
        guard parts.count <= 2, let source = parts.first, !source.isEmpty else {
            throw wrong("--bind", text, "SRC[:DST][:ro|rw]")
        }
        return BindSpecification(
            source: source, target: parts.count == 2 ? parts[1] : nil, isWritable: isWritable)
    }
}
