internal import Glibc
internal import JSONText
internal import LinuxKernel
internal import RunModel

/// Where living sandboxes are found.
package enum LivePlace {
    package static let socketName = "socket"
    package static let specificationName = "specification.json"
    package static let spawnerName = "spawner"

    /// Whether somebody listens there.
    static func isServed(_ path: String) -> Bool {
        let raw = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        guard raw >= 0 else { return true }
        defer { close(raw) }
        guard var address = address(path) else { return false }
        let result = withUnsafePointer(to: &address) { pointer in
            // SAFETY: every socket address begins as `sockaddr` does (socket(7)).
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(raw, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
        // Anything but "nobody is there" is somebody.
        return result == 0 || (errno != ECONNREFUSED && errno != ENOENT)
    }

    private static func address(_ path: String) -> sockaddr_un? {
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        let bytes = Array(path.utf8)
        guard bytes.count < MemoryLayout.size(ofValue: address.sun_path) else { return nil }
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: bytes) }
        return address
    }

    /// Listens on a Unix socket.
    static func bind(_ path: String) throws(SystemError) -> OwnedDescriptor {
        let raw = try SystemCall.performLibrary("socket", path) {
            Int(
                socket(
                    AF_UNIX,
                    Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue | SOCK_NONBLOCK.rawValue), 0)
            )
        }
        let made = OwnedDescriptor(owning: Int32(raw))
        guard let address = address(path) else {
            throw SystemError(operation: "bind", subject: path, errorNumber: ENAMETOOLONG)
        }
        unlink(path)
        try SystemCall.performLibrary("bind", path) {
            withUnsafePointer(to: address) { pointer in
                // SAFETY: every socket address begins as `sockaddr` does (socket(7)).
                pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                    Int(Glibc.bind(Int32(raw), $0, socklen_t(MemoryLayout<sockaddr_un>.size)))
                }
            }
        }
        try SystemCall.performLibrary("listen", path) { Int(listen(Int32(raw), 512)) }
        return made
    }
}

/// Starts living sandboxes: the one part of a service that needs privilege.
///
/// It reads a specification, checks it, and becomes two: the copy makes the sandbox and looks after
/// it (`LiveSupervisor`). It is small and has one thread, so that a copy costs next to nothing. It
/// ends with the service, which holds the other end of its standard input; its copies live on.
package struct LiveSpawner {
    private let host: SandboxHost
    private let known: [String: CompiledProfile]
    /// Of the sandboxes, one directory for each below it.
    private let directory: String
    /// Directories below which root file systems may lie.
    private let imageRoots: [String]
    /// Who may ask, besides root, and to whom the sandboxes' sockets belong.
    private let owner: UInt32

    private static let requestLimitMilliseconds: Int32 = 30_000

    package init(
        directory: String, profiles names: [String], imageRoots: [String], owner: UInt32,
        environment: VariableList
    ) throws(SandboxError) {
        let store = CompiledProfileStore(environment: environment)
        var loaded: [String: CompiledProfile] = [:]
        for name in names { loaded[name] = try store.load(name) }
        known = loaded
        host = try SandboxHost(
            initPath: SandboxHost.defaultInitPath(), environment: environment)
        self.directory = directory
        self.imageRoots = imageRoots
        self.owner = owner
    }

    /// Serves until standard input ends. Returns in copies too, with the exit status.
    package func run() throws(SandboxError) -> Int32 {
        let listening = try listen()
        signal(SIGCHLD, SIG_IGN)
        StandardStreams.write(Array("ready\n".utf8)[...], to: 1)
        while true {
            var entries = [
                pollfd(fd: 0, events: Int16(POLLIN), revents: 0),
                pollfd(fd: listening.raw, events: Int16(POLLIN), revents: 0),
            ]
            guard poll(&entries, 2, -1) > 0 else { continue }
            if entries[0].revents != 0 {
                var byte: UInt8 = 0
                if read(0, &byte, 1) <= 0 { return 0 }
            }
            guard entries[1].revents != 0 else { continue }
            guard let connection = try? listening.accept(nonblocking: false) else { continue }
            // A copy that cannot be made answers nothing: the asker sees the connection end.
            guard let copy = try? ProcessCopy.make(), copy == 0 else { continue }
            signal(SIGCHLD, SIG_DFL)
            Self.leave(listening.raw)
            return supervise(connection)
        }
    }

    /// A socket to who may ask, where that is another user.
    private func give(_ path: String) throws(SystemError) {
        guard owner != geteuid() else { return }
        try SystemCall.performLibrary("chown", path) { Int(lchown(path, owner, UInt32.max)) }
    }

    /// A directory that who may ask looks into, and nothing more: what is in it is made by name, and
    /// nobody else may put something in the way of that.
    private func show(_ path: String) throws(SystemError) {
        guard owner != geteuid() else { return }
        try SystemCall.performLibrary("chown", path) { Int(lchown(path, geteuid(), owner)) }
        try SystemCall.performLibrary("chmod", path) { Int(chmod(path, 0o750)) }
    }

    /// Clears away sandboxes whose supervisors are gone, and everything inside with them.
    private func sweep() {
        guard
            let open = try? OwnedDescriptor.open(
                directory, flags: O_RDONLY | O_DIRECTORY | O_NOFOLLOW),
            let names = try? open.directoryNames(directory)
        else { return }
        for name in names
        where LiveSpecification.isIdentifier(name) && name != LivePlace.spawnerName {
            let place = directory + "/" + name
            guard !LivePlace.isServed(place + "/" + LivePlace.socketName) else { continue }
            unlink(place + "/" + LivePlace.socketName)
            unlink(place + "/" + LivePlace.specificationName)
            rmdir(place)
        }
    }

    private func listen() throws(SandboxError) -> OwnedDescriptor {
        do throws(SystemError) {
            try SandboxLease.prepare(directory: directory)
            sweep()
            let path = directory + "/" + LivePlace.spawnerName
            let listening = try LivePlace.bind(path)
            try give(path)
            try show(directory)
            return listening
        } catch {
            throw SandboxError(
                error,
                remedy: error.errorNumber == ENAMETOOLONG
                    ? "choose a shorter data directory" : "see that \(directory) is yours")
        }
    }

    /// A copy holds on to nothing that must end with the service: its streams, its socket.
    private static func leave(_ listening: Int32) {
        let nothing = Glibc.open("/dev/null", O_RDWR)
        guard nothing >= 0 else { return }
        for descriptor in [0, 1, listening] { dup2(nothing, descriptor) }
        if nothing > 2 { Glibc.close(nothing) }
        setsid()
    }

    // MARK: In the copy

    private func supervise(_ connection: consuming OwnedDescriptor) -> Int32 {
        guard let user = try? peerUser(of: connection.raw),
            user == 0 || user == owner || user == geteuid()
        else { return 1 }
        do throws(LiveFailure) {
            let specification = try receive(connection)
            let place = directory + "/" + specification.identifier
            let supervisor = try make(specification, place)
            answer(connection, .reply, supervisor.description)
            _ = consume connection
            supervisor.run()
            return 0
        } catch {
            answer(
                connection, .failure,
                JSONValue(members: [
                    ("code", .string(error.code.rawValue)), ("message", .string(error.message)),
                ]))
            return 1
        }
    }

    private func receive(_ connection: borrowing OwnedDescriptor) throws(LiveFailure)
        -> LiveSpecification
    {
        let stream = LiveConnection(
            try LiveFailure.wrapping { () throws(SystemError) in try connection.duplicate() })
        while true {
            var entry = pollfd(fd: connection.raw, events: Int16(POLLIN), revents: 0)
            let ready = poll(&entry, 1, Self.requestLimitMilliseconds)
            // The end of another copy of the spawner interrupts.
            if ready < 0 && errno == EINTR { continue }
            guard ready == 1, let frames = stream.receive() else {
                throw LiveFailure(.invalidArgument, "no specification came")
            }
            guard let frame = frames.first else { continue }
            let value: JSONValue
            do throws(JSONSyntaxError) {
                value = try JSONValue(parsing: frame.payload)
            } catch {
                throw LiveFailure(.invalidArgument, "the specification is \(error)")
            }
            return try LiveSpecification(value)
        }
    }

    private func answer(
        _ connection: borrowing OwnedDescriptor, _ kind: LiveFrame.Kind, _ value: JSONValue
    ) {
        // An asker that is gone finds the sandbox again, or its lease ends it.
        try? connection.writeAll(LiveFrame.encode(kind, value), to: "the service")
    }

    private func make(
        _ specification: LiveSpecification, _ place: String
    ) throws(LiveFailure) -> LiveSupervisor {
        let request = try request(for: specification)
        guard mkdir(place, 0o700) == 0 else {
            throw LiveFailure(SystemError(operation: "mkdir", subject: place, errorNumber: errno))
        }
        do {
            let path = place + "/" + LivePlace.socketName
            let listening = try LivePlace.bind(path)
            try give(path)
            try show(place)
            let sandbox = try LiveSandbox(request, on: host)
            return LiveSupervisor(
                specification, sandbox: sandbox, directory: place, listening: listening,
                owner: owner)
        } catch {
            unlink(place + "/" + LivePlace.socketName)
            rmdir(place)
            if let error = error as? SystemError { throw LiveFailure(error) }
            throw LiveFailure(.unavailable, "\(error)")
        }
    }

    private func request(
        for specification: LiveSpecification
    ) throws(LiveFailure) -> SandboxRequest {
        guard let profile = known[specification.profile] else {
            throw LiveFailure(
                .invalidArgument,
                "the profile \(specification.profile) is not one of \(known.keys.sorted().joined(separator: ", "))"
            )
        }
        var request = SandboxRequest(livingUnder: profile)
        request.limits.override(with: specification.limits)
        request.limits.wallMilliseconds = nil
        request.environment = VariableList(specification.environment)
        request.account = specification.account
        request.hostName = specification.hostName
        // The gateway comes later, when the service attaches one: until then nothing answers.
        request.network = specification.usesGateway ? .allow(["*"]) : .none
        request.workingDirectory = specification.account.home
        if specification.image != "host" {
            guard let path = FileKind.canonicalPath(specification.image),
                imageRoots.contains(where: { path == $0 || path.hasPrefix($0 + "/") })
            else {
                throw LiveFailure(
                    .invalidArgument,
                    "the image \(specification.image) is in none of the image directories")
            }
            request.root = .directory(path)
        }
        return request
    }
}
