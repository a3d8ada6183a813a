internal import Glibc
internal import LinuxKernel
package import RunModel

/// How the files that a run opens are to be observed.
///
/// `filters` take the profile's place. They have the same verdicts, but for calls that the policy
/// allows without looking at arguments: those are notified, looked at, and let go on. Whatever the
/// observed process does to its arguments meanwhile changes what is told, never what is permitted.
package struct FileObservationPlan: Sendable, Equatable {
    package var method: FileObservation.Method
    package var filters: [SeccompProgram]
    /// Numbers of the observed calls and how they name a file.
    package var calls: [Int32: ObservedCall]

    package init(
        method: FileObservation.Method, filters: [SeccompProgram], calls: [Int32: ObservedCall]
    ) {
        self.method = method
        self.filters = filters
        self.calls = calls
    }

    /// Where a call's path is among its arguments.
    package enum ObservedCall: Sendable, Equatable {
        /// `open`, `execve`.
        case path(Int)
        /// `openat`, `openat2`, `execveat`: relative to a directory.
        case directoryAndPath(Int, Int)
    }
}

/// Takes down the files that one run opens.
struct FileObserver: ~Copyable {
    private let plan: FileObservationPlan
    /// Where the worktree is, inside.
    private let root: String
    private var events: FileEvents?
    private var isWatching = false
    private var seen: Set<String> = []
    private var observation: FileObservation

    private static let pathsMax = 200_000
    private static let pathBytesMax = 4096

    init(plan: FileObservationPlan, root: String) {
        self.plan = plan
        self.root = root
        observation = FileObservation(method: plan.method)
        guard plan.method == .fanotify else { return }
        do throws(SystemError) { events = try FileEvents() } catch {
            observation.failure = error.description
        }
    }

    /// For `poll`; -1 when there is nothing to wait for.
    var descriptor: Int32 {
        switch events {
        case .some(let events): isWatching ? events.descriptor.raw : -1
        case .none: -1
        }
    }

    func observes(_ call: NotificationListener.Call) -> Bool {
        plan.calls[call.systemCall] != nil
    }

    /// Looks at a call, and lets it go on.
    ///
    /// - Parameter firstProcess: pid 1, whose worktree is mounted by the time of any call.
    mutating func observe(
        _ call: NotificationListener.Call, on listener: borrowing NotificationListener,
        firstProcess: Int32
    ) {
        // The first call of all is the command's own start: from there on everything is seen.
        if plan.method == .fanotify, !isWatching, observation.failure == nil {
            watch(firstProcess)
        }
        if let kind = plan.calls[call.systemCall], let path = path(kind, call, listener) {
            take(path)
        }
        listener.letObserved(call)
    }

    private mutating func watch(_ process: Int32) {
        do throws(SystemError) {
            let directory = try OwnedDescriptor.open(
                "/proc/\(process)/root\(root)", flags: O_RDONLY | O_DIRECTORY)
            switch events {
            case .some(let events): try events.watch(directory)
            case .none: break
            }
            isWatching = true
        } catch {
            observation.failure = error.description
        }
    }

    private func path(
        _ kind: FileObservationPlan.ObservedCall, _ call: NotificationListener.Call,
        _ listener: borrowing NotificationListener
    ) -> String? {
        let pathIndex: Int
        var base = "cwd"
        switch kind {
        case .path(let index): pathIndex = index
        case .directoryAndPath(let directory, let index):
            pathIndex = index
            let number = Int32(truncatingIfNeeded: call.arguments[directory])
            if number >= 0 { base = "fd/\(number)" }
        }
        guard
            let text = listener.text(
                at: call.arguments[pathIndex], of: call, byteLimit: Self.pathBytesMax)
        else { return nil }
        if text.hasPrefix("/") { return text }
        guard let directory = FileKind.linkTarget("/proc/\(call.process)/\(base)") else {
            return nil
        }
        // `execveat` with an empty path executes the descriptor itself.
        return text.isEmpty ? directory : directory + "/" + text
    }

    /// Takes over what the kernel has told so far.
    mutating func readEvents() {
        while let batch = nextBatch() {
            observation.hasOverflowed = observation.hasOverflowed || batch.hasOverflowed
            for path in batch.paths { take(path) }
        }
    }

    private func nextBatch() -> FileEvents.Batch? {
        switch events {
        case .some(let events): isWatching ? events.next() : nil
        case .none: nil
        }
    }

    private mutating func take(_ path: String) {
        guard path.hasPrefix(root + "/"),
            let relative = Self.normalised(path.dropFirst(root.utf8.count + 1))
        else { return }
        guard seen.count < Self.pathsMax || seen.contains(relative) else {
            observation.hasOverflowed = true
            return
        }
        seen.insert(relative)
    }

    /// Without `.`, `..` and empty components; `nil` when it leaves the worktree.
    private static func normalised(_ path: Substring) -> String? {
        var parts: [Substring] = []
        for part in path.split(separator: "/") where part != "." {
            if part == ".." {
                guard parts.popLast() != nil else { return nil }
            } else {
                parts.append(part)
            }
        }
        return parts.isEmpty ? nil : parts.joined(separator: "/")
    }

    mutating func finish() -> FileObservation {
        readEvents()
        if plan.method == .fanotify, !isWatching, observation.failure == nil {
            observation.failure = "the command never started"
        }
        var result = observation
        result.paths = seen.sorted()
        return result
    }
}
