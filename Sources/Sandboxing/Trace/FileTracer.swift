internal import Glibc
internal import LinuxKernel
internal import RunModel

/// Finds the refusals of one run that no filter sees.
struct FileTracer: ~Copyable {
    private let plan: FileTracePlan
    /// Places of the run's own: what is missing there is not the host's.
    private let ownPlaces: [String]
    private(set) var callCount: UInt64 = 0
    private var audit: LandlockAudit?
    /// What the report says of Landlock's audit.
    private var auditText: String

    private static let pathBytesMax = 4096
    /// Resolved by the kernel for the process itself, never for us.
    private static let selfPlaces = [
        "/proc/self", "/proc/thread-self", "/dev/fd", "/dev/stdin", "/dev/stdout", "/dev/stderr",
        "/dev/tty", "/dev/pts",
    ]

    init(plan: FileTracePlan, ownPlaces: [String], landlockABI: Int?) {
        self.plan = plan
        self.ownPlaces = ownPlaces
        guard let abi = landlockABI else {
            auditText = "Landlock is not in force"
            return
        }
        if let obstacle = LandlockAudit.obstacle(abi: abi) {
            auditText = "not readable: " + obstacle
            return
        }
        do throws(SystemError) {
            audit = try LandlockAudit()
            auditText = "read"
        } catch {
            auditText = "not readable: \(error)"
        }
    }

    /// For `poll`; -1 when there is nothing to wait for.
    var descriptor: Int32 {
        switch audit {
        case .some(let audit): audit.descriptor.raw
        case .none: -1
        }
    }

    func traces(_ call: NotificationListener.Call) -> Bool { plan.calls[call.systemCall] != nil }

    /// Judges a call, and lets it go on.
    mutating func judge(
        _ call: NotificationListener.Call, on listener: borrowing NotificationListener
    ) -> [Denial] {
        callCount += 1
        var denials: [Denial] = []
        if let traced = plan.calls[call.systemCall],
            let files = try? ProcessFiles(of: call.process)
        {
            for place in traced.places {
                guard let wish = wish(place, call, listener),
                    let path = path(place, call, listener, files),
                    let refusal = FileJudgement(ownPlaces: ownPlaces).refusal(wish, path, files)
                else { continue }
                denials.append(
                    Denial(
                        layer: "mount", operation: traced.name,
                        detail: "\(traced.name)(\"\(path)\", \(wish.text))", rule: refusal.rule,
                        hint: refusal.hint, pid: call.process,
                        process: listener.processName(of: call)))
            }
        }
        listener.letObserved(call)
        return denials
    }

    private func wish(
        _ place: TracedCall.Place, _ call: NotificationListener.Call,
        _ listener: borrowing NotificationListener
    ) -> FileWish? {
        switch place.access {
        case .open(let index): FileWish(openFlags: call.arguments[index])
        case .openHow(let index):
            listener.number(at: call.arguments[index], of: call).map { FileWish(openFlags: $0) }
        case .look: .look
        case .execute: .execute
        case .create: .create
        case .make: .make
        case .change: .change
        case .remove: .remove
        case .connect: .connect
        }
    }

    /// The absolute path that a call names, or `nil` for what is no path of a file.
    private func path(
        _ place: TracedCall.Place, _ call: NotificationListener.Call,
        _ listener: borrowing NotificationListener, _ files: borrowing ProcessFiles
    ) -> String? {
        let text: String?
        if case .connect(let sizeArgument) = place.access {
            text = listener.socketPath(
                at: call.arguments[place.path], size: call.arguments[sizeArgument], of: call)
        } else {
            text = listener.text(
                at: call.arguments[place.path], of: call, byteLimit: Self.pathBytesMax)
        }
        guard let text, !text.isEmpty else { return nil }
        var absolute = text
        if !text.hasPrefix("/") {
            let number = place.directory.map { Int32(truncatingIfNeeded: call.arguments[$0]) }
            guard let base = files.directory(number), base.hasPrefix("/") else { return nil }
            absolute = (base == "/" ? "" : base) + "/" + text
        }
        let path = Self.normalised(absolute)
        for own in Self.selfPlaces where path == own || path.hasPrefix(own + "/") { return nil }
        return path
    }

    /// Without `.`, `..` and empty components; links are not looked at.
    static func normalised(_ path: String) -> String {
        var parts: [Substring] = []
        for part in path.split(separator: "/") where part != "." {
            if part == ".." { _ = parts.popLast() } else { parts.append(part) }
        }
        return "/" + parts.joined(separator: "/")
    }

    // MARK: Landlock's audit

    /// Refusals that the kernel has told of since.
    ///
    /// - Parameter firstProcess: pid 1, which made the domain.
    mutating func readAudit(firstProcess: Int32) -> [Denial] {
        audit?.read()
        return (audit?.takeRefusals(ofDomainMadeBy: firstProcess) ?? []).map { refusal in
            Denial(
                layer: "landlock", operation: refusal.blockers, detail: refusal.object,
                rule: "landlock:" + refusal.blockers,
                hint: "write below the working directory, /tmp or $HOME, or bind the place with :rw"
            )
        }
    }

    var report: FileTraceReport {
        var text = auditText
        switch audit {
        case .some(let audit): if audit.hasLost { text += ", some records were lost" }
        case .none: break
        }
        return FileTraceReport(calls: callCount, landlockAudit: text)
    }
}
