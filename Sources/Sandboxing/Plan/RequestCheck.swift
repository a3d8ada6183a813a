internal import LinuxKernel
internal import RunModel

/// Refuses requests that cannot be met or that would open a fence, before anything is done.
enum RequestCheck {
    static func check(_ request: SandboxRequest) throws(SandboxError) {
        guard request.isLive || request.command.first?.isEmpty == false else {
            throw SandboxError(.request, "no command was given", remedy: "write it after --")
        }
        try checkArguments(request)
        try checkLimits(request.limits)
        for bind in request.binds { try check(bind) }
        for overlay in request.overlays { try check(overlay) }
        if let directory = request.workingDirectory {
            try checkInside(directory, what: "the working directory")
        }
        if case .directory(let path) = request.root, !FileKind.isRealDirectory(path) {
            throw SandboxError(
                .request, "the image \(path) is no directory",
                remedy: "name a directory that holds a root file system")
        }
    }

    /// The kernel takes 128 KiB an argument and about 2 MiB in all (execve(2)).
    private static func checkArguments(_ request: SandboxRequest) throws(SandboxError) {
        for name in request.environment.variables.map(\.name)
        where name.isEmpty || name.contains("=") {
            throw SandboxError(
                .request, "\"\(name)\" is no name for an environment variable",
                remedy: "write NAME=VALUE")
        }
        let texts = request.command + request.environment.variables.map { $0.name + "=" + $0.value }
        for text in texts where text.utf8.contains(0) {
            throw SandboxError(.request, "an argument or variable contains a NUL byte")
        }
        let bytes = texts.reduce(0) { $0 + $1.utf8.count + 9 }
        guard bytes < 2 << 20, texts.allSatisfy({ $0.utf8.count < 128 << 10 }) else {
            throw SandboxError(
                .commandNotExecutable,
                "the argument list of \(bytes) bytes is too long for the kernel (2 MiB in all, 128 KiB each)",
                remedy: "pass the data in a file or by standard input")
        }
    }

    private static func checkLimits(_ limits: ResourceLimits) throws(SandboxError) {
        let least: [(UInt64?, UInt64, String)] = [
            (limits.memoryBytes, 1 << 20, "bytes of memory"), (limits.processes, 1, "processes"),
            (limits.wallMilliseconds, 1, "ms of time"),
            (limits.cpuTimeMilliseconds, 1, "ms of processor time"),
            (limits.diskBytes, 64 << 10, "bytes of disk"), (limits.diskFiles, 64, "files"),
        ]
        for case (.some(let value), let least, let unit) in least where value < least {
            throw SandboxError(
                .request, "a limit of \(value) \(unit) holds no command",
                remedy: "give at least \(least)")
        }
        if let cpus = limits.cpus, !(cpus >= 0.01 && cpus <= 4096) {
            throw SandboxError(
                .request, "a limit of \(cpus) processors is impossible",
                remedy: "give 0.01 to 4096")
        }
    }

    private static func check(_ bind: BindSpecification) throws(SandboxError) {
        guard bind.source.hasPrefix("/") else {
            throw SandboxError(
                .request, "the bind source \(bind.source) is not absolute",
                remedy: "give a path from /")
        }
        guard FileKind.of(bind.source) != .absent else {
            throw SandboxError(
                .request, "the bind source \(bind.source) does not exist",
                remedy: "make it first, or correct the path")
        }
        try checkTarget(bind.target)
    }

    private static func check(_ overlay: OverlaySpecification) throws(SandboxError) {
        guard !overlay.lowers.isEmpty else {
            throw SandboxError(.request, "the overlay on \(overlay.mountPoint) has no lower layer")
        }
        for lower in overlay.lowers where !FileKind.isRealDirectory(lower) {
            throw SandboxError(
                .request, "the lower layer \(lower) is no directory",
                remedy: "run 'drydock gc' and try again")
        }
        guard overlay.upper == .temporary || !overlay.redirectsDirectories else {
            throw SandboxError(
                .request,
                "the overlay on \(overlay.mountPoint) keeps its upper layer, and so cannot redirect directories"
            )
        }
        try checkTarget(overlay.mountPoint)
    }

    /// Mounts of one's own over these would undo a fence.
    private static let reserved = [
        "/proc", "/dev", "/sys", "/etc", "/usr", "/bin", "/sbin", "/lib", "/lib64", "/run/drydock",
    ]

    private static func checkTarget(_ path: String) throws(SandboxError) {
        try checkInside(path, what: "the mount point")
        guard path != "/" else {
            throw SandboxError(
                .request, "nothing can be mounted over /", remedy: "choose a directory below it")
        }
        for place in reserved where path == place || path.hasPrefix(place + "/") {
            throw SandboxError(
                .request, "nothing can be mounted over \(path), which belongs to the sandbox",
                remedy: "choose a place outside \(reserved.joined(separator: ", "))")
        }
    }

    private static func checkInside(_ path: String, what: String) throws(SandboxError) {
        let parts = path.split(separator: "/")
        guard path.hasPrefix("/"), path.utf8.count < 4096, !parts.contains(".."),
            !parts.contains("."), parts.allSatisfy({ $0.utf8.count < 256 })
        else {
            throw SandboxError(
                .request, "\(what) \(path) is not an absolute path without . and ..",
                remedy: "write it out from /")
        }
    }
}
