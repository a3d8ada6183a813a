internal import Glibc
internal import JSONText
internal import LinuxKernel

/// Requests that concern files and ports of a living sandbox.
extension LiveSupervisor {
    /// - Returns: `false` when there is no operation of that name.
    func performFile(
        _ name: String, _ request: JSONValue, _ connection: LiveConnection
    ) throws(LiveFailure) -> Bool {
        switch name {
        case "watcher_events":
            let watcher = try watcher(request)
            sandbox.user.assume { watcher.advance(in: sandbox.root) }
            connection.finish(JSONValue(members: [("events", .array(watcher.take()))]))
            return true
        case "watcher_remove":
            _ = try watcher(request)
            watchers[request["watcher"]?.stringValue ?? ""] = nil
            connection.finish(.object([]))
            return true
        case "stat", "list", "make_directory", "move", "remove", "read", "write", "watch",
            "watcher_create":
            let path = try operations.absolute(request["path"]?.stringValue)
            try sandbox.user.assume { () throws(LiveFailure) in
                try perform(name, path, request, connection)
            }
            return true
        default: return false
        }
    }

    private func perform(
        _ name: String, _ path: String, _ request: JSONValue, _ connection: LiveConnection
    ) throws(LiveFailure) {
        switch name {
        case "stat":
            connection.finish(
                JSONValue(members: [("entry", try operations.status(path, in: sandbox.root))]))
        case "list":
            connection.finish(
                try operations.list(
                    path, depth: request["depth"]?.integerValue ?? 1, in: sandbox.root))
        case "make_directory":
            connection.finish(try operations.makeDirectory(path, in: sandbox.root))
        case "move":
            let destination = try operations.absolute(request["destination"]?.stringValue)
            connection.finish(try operations.move(path, to: destination, in: sandbox.root))
        case "remove": connection.finish(try operations.remove(path, in: sandbox.root))
        case "read":
            let file = try FileDownload(path, in: sandbox.root)
            connection.send(
                .reply, JSONValue(members: [("size_bytes", JSONValue(file.bytesLeft))]))
            connection.use = .download(file)
        case "write":
            connection.use = .upload(
                try FileUpload(
                    path, mode: UInt32(clamping: request["mode"]?.integerValue ?? 0o644) & 0o777,
                    attributes: request["attributes"]?.stringMap ?? [:], in: sandbox.root))
        default:
            let streamed = connections.count {
                if case .watch = $0.use { true } else { false }
            }
            guard watchers.count + streamed < Self.watcherLimit else {
                throw LiveFailure(
                    .resourceExhausted,
                    "\(Self.watcherLimit) watchers are open; remove some first")
            }
            let watcher = try FileWatcher(
                path, recursive: request["recursive"]?.boolValue ?? false,
                includesEntries: request["entries"]?.boolValue ?? false, operations: operations,
                user: sandbox.user.user, in: sandbox.root)
            try keep(watcher, streams: name == "watch", connection)
        }
    }

    private func keep(
        _ watcher: FileWatcher, streams: Bool, _ connection: LiveConnection
    ) throws(LiveFailure) {
        if streams {
            connection.send(.reply, .object([]))
            connection.use = .watch(watcher)
            return
        }
        var number = watchers.count + 1
        while watchers["w\(number)"] != nil { number += 1 }
        watchers["w\(number)"] = watcher
        connection.finish(JSONValue(members: [("watcher", .string("w\(number)"))]))
    }

    private func watcher(_ request: JSONValue) throws(LiveFailure) -> FileWatcher {
        let name = request["watcher"]?.stringValue ?? ""
        guard let watcher = watchers[name] else {
            throw LiveFailure(.notFound, "there is no watcher \"\(name)\"")
        }
        return watcher
    }

    // MARK: Ports

    /// Connects to a port inside and hands the connected socket over.
    func connect(_ request: JSONValue, _ connection: LiveConnection) throws(LiveFailure) {
        guard let port = request["port"]?.integerValue, (1...65535).contains(port) else {
            throw LiveFailure(.invalidArgument, "a port is a number from 1 to 65535")
        }
        connection.use = .waiting
        try connect(UInt16(port), families: [AF_INET, AF_INET6], connection)
    }

    private func connect(
        _ port: UInt16, families: [Int32], _ connection: LiveConnection
    ) throws(LiveFailure) {
        try order(.socket(family: families[0])) { [weak self] answer in
            let errorNumber: Int32
            switch answer {
            case .socket(let socket):
                errorNumber = LoopbackPort.connect(socket.raw, port: port, family: families[0])
                if errorNumber == 0 {
                    connection.use = .none
                    connection.finish(.object([]), with: socket.raw)
                    return
                }
            case .refused(let number, _): errorNumber = number
            case .started: errorNumber = EIO
            }
            do throws(LiveFailure) {
                guard let self, families.count > 1 else {
                    throw LiveFailure(
                        .unavailable,
                        "nothing listens on port \(port) inside: \(SystemError.text(of: errorNumber))"
                    )
                }
                try self.connect(port, families: Array(families.dropFirst()), connection)
            } catch {
                connection.use = .none
                connection.fail(error)
            }
        }
    }
}

/// Connecting within one network namespace, where an answer comes at once.
enum LoopbackPort {
    /// Returns 0 or an errno.
    static func connect(_ socket: Int32, port: UInt16, family: Int32) -> Int32 {
        let result: Int32
        if family == AF_INET {
            var address = sockaddr_in()
            address.sin_family = sa_family_t(AF_INET)
            address.sin_port = port.bigEndian
            address.sin_addr = in_addr(s_addr: UInt32(0x7f00_0001).bigEndian)
            result = withAddress(address) { Glibc.connect(socket, $0, $1) }
        } else {
            var address = sockaddr_in6()
            address.sin6_family = sa_family_t(AF_INET6)
            address.sin6_port = port.bigEndian
            address.sin6_addr = in6addr_loopback
            result = withAddress(address) { Glibc.connect(socket, $0, $1) }
        }
        guard result != 0 else { return 0 }
        guard errno == EINPROGRESS else { return errno }
        // The other end is this kernel: what is under way is done in microseconds.
        var entry = pollfd(fd: socket, events: Int16(POLLOUT), revents: 0)
        guard poll(&entry, 1, 500) == 1 else { return ETIMEDOUT }
        var status: Int32 = 0
        var size = socklen_t(MemoryLayout<Int32>.size)
        guard getsockopt(socket, SOL_SOCKET, SO_ERROR, &status, &size) == 0 else { return errno }
        return status
    }

    private static func withAddress<Address>(
        _ address: Address, _ body: (UnsafePointer<sockaddr>, socklen_t) -> Int32
    ) -> Int32 {
        withUnsafePointer(to: address) { pointer in
            // SAFETY: every socket address begins as `sockaddr` does (socket(7)).
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                body($0, socklen_t(MemoryLayout<Address>.size))
            }
        }
    }
}
