internal import Glibc
internal import JSONText
internal import LinuxKernel

/// Files of a living sandbox, by the paths that its processes use and with their rights.
struct FileOperations {
    /// Entries of one listing; more is an error, not a truncated answer.
    static let entryLimit = 100_000
    /// Attributes that clients set on uploads, and see again.
    static let attributePrefix = "user.e2b."

    let account: SandboxAccount
    let firstUser: UInt32

    /// An absolute path without a last slash; relative ones begin in the home directory.
    func absolute(_ path: String?) throws(LiveFailure) -> String {
        guard let path, !path.utf8.contains(0), path.utf8.count < 4096 else {
            throw LiveFailure(.invalidArgument, "the path is missing or longer than 4,095 bytes")
        }
        let full: String
        if path.hasPrefix("/") {
            full = path
        } else if path == "~" || path.hasPrefix("~/") {
            full = account.home + path.dropFirst(1)
        } else {
            full = account.home + "/" + path
        }
        return "/" + Self.normalised(full).joined(separator: "/")
    }

    /// Components with `.` and `..` resolved as text, as clients expect of a cleaned path.
    private static func normalised(_ path: String) -> [Substring] {
        var parts: [Substring] = []
        for part in path.split(separator: "/") where part != "." {
            if part == ".." { _ = parts.popLast() } else { parts.append(part) }
        }
        return parts
    }

    // MARK: Looking

    func status(
        _ path: String, in root: borrowing RootedDirectory
    ) throws(LiveFailure) -> JSONValue {
        do throws(SystemError) {
            return try entry(path, in: root)
        } catch {
            throw Self.failure(error, path)
        }
    }

    func list(
        _ path: String, depth: Int, in root: borrowing RootedDirectory
    ) throws(LiveFailure) -> JSONValue {
        guard (1...64).contains(depth) else {
            throw LiveFailure(.invalidArgument, "depth is not between 1 and 64")
        }
        var entries: [JSONValue] = []
        do throws(SystemError) {
            let status = try root.status(of: path, followsLinks: true)
            guard status.kind == .directory else {
                throw SystemError(operation: "list", subject: path, errorNumber: ENOTDIR)
            }
            try list(path, depth, root, &entries)
        } catch {
            if error.errorNumber == E2BIG {
                throw LiveFailure(
                    .resourceExhausted,
                    "\(path) has more than \(Self.entryLimit) entries; list a part of it")
            }
            throw Self.failure(error, path)
        }
        return JSONValue(members: [("entries", .array(entries))])
    }

    private func list(
        _ path: String, _ depth: Int, _ root: borrowing RootedDirectory,
        _ entries: inout [JSONValue]
    ) throws(SystemError) {
        for name in try root.names(in: path) {
            guard entries.count < Self.entryLimit else {
                throw SystemError(operation: "list", subject: path, errorNumber: E2BIG)
            }
            let child = path == "/" ? "/" + name : path + "/" + name
            do throws(SystemError) {
                entries.append(try entry(child, in: root))
                if depth > 1, try root.status(of: child).kind == .directory {
                    try list(child, depth - 1, root, &entries)
                }
            } catch {
                // Gone meanwhile, or not for this user to enter: the rest is listed.
                guard [ENOENT, EACCES, EPERM].contains(error.errorNumber) else { throw error }
            }
        }
    }

    func entry(
        _ path: String, in root: borrowing RootedDirectory
    ) throws(SystemError) -> JSONValue {
        let file =
            path == "/"
            ? try root.open("/", flags: Int32(0o10000000))
            : try root.open(path, flags: Int32(0o10000000) | O_NOFOLLOW)
        let status = try FileStatus(of: file, path: path)
        var target: String?
        var targetKind: FileStatus.Kind?
        var attributes: [String: String] = [:]
        if status.kind == .symbolicLink {
            target = try root.linkTarget(path)
            targetKind = try? root.status(of: path, followsLinks: true).kind
        } else if status.kind == .file, let readable = try? root.open(path, flags: O_NOFOLLOW) {
            for attribute in readable.attributes(prefix: Self.attributePrefix) {
                let name = String(attribute.name.dropFirst(Self.attributePrefix.count))
                attributes[name] = String(decoding: attribute.value, as: UTF8.self)
            }
        }
        return JSONValue(members: [
            ("name", .string(path.split(separator: "/").last.map(String.init) ?? "/")),
            ("path", .string(path)), ("kind", .string(status.kind.rawValue)),
            ("target", target.map(JSONValue.string)),
            ("target_kind", targetKind.map { .string($0.rawValue) }),
            ("size_bytes", JSONValue(status.sizeBytes)), ("mode", JSONValue(status.mode)),
            ("owner", .string(ownerName(status.user))), ("group", .string(ownerName(status.group))),
            ("modified_s", JSONValue(status.modifiedSeconds)),
            ("modified_ns", JSONValue(status.modifiedNanoseconds)),
            ("attributes", JSONValue(stringMap: attributes)),
        ])
    }

    /// As programs inside see it: what is in no map is `nobody`.
    private func ownerName(_ user: UInt32) -> String {
        switch user {
        case firstUser &+ SandboxPlanner.user: account.name
        case geteuid() where geteuid() != 0: account.name
        case firstUser: "root"
        case firstUser..<(firstUser &+ IdentityPlan.rangeSize): String(user - firstUser)
        default: "nobody"
        }
    }

    // MARK: Changing

    func makeDirectory(
        _ path: String, in root: borrowing RootedDirectory
    ) throws(LiveFailure) -> JSONValue {
        do throws(SystemError) {
            let made = try root.makeDirectories(path)
            guard made else {
                throw SystemError(operation: "mkdir", subject: path, errorNumber: EEXIST)
            }
            return JSONValue(members: [("entry", try entry(path, in: root))])
        } catch {
            throw Self.failure(error, path)
        }
    }

    func move(
        _ source: String, to destination: String, in root: borrowing RootedDirectory
    ) throws(LiveFailure) -> JSONValue {
        do throws(SystemError) {
            if let slash = destination.lastIndex(of: "/"), slash != destination.startIndex {
                _ = try root.makeDirectories(String(destination[..<slash]))
            }
            try root.rename(source, to: destination)
            return JSONValue(members: [("entry", try entry(destination, in: root))])
        } catch {
            throw Self.failure(error, source)
        }
    }

    /// What is not there is no error: it is gone, as was asked for.
    func remove(
        _ path: String, in root: borrowing RootedDirectory
    ) throws(LiveFailure) -> JSONValue {
        guard path != "/" else {
            throw LiveFailure(.invalidArgument, "the root directory cannot be removed")
        }
        do throws(SystemError) { try root.removeAll(path) } catch {
            if error.errorNumber != ENOENT { throw Self.failure(error, path) }
        }
        return .object([])
    }

    static func failure(_ error: SystemError, _ path: String) -> LiveFailure {
        switch error.errorNumber {
        case ENOENT: LiveFailure(.notFound, "\(path): there is no such file or directory")
        case EEXIST: LiveFailure(.alreadyExists, "\(path) already exists")
        case ENOTDIR: LiveFailure(.invalidArgument, "\(path) is not a directory")
        case EISDIR: LiveFailure(.invalidArgument, "\(path) is a directory")
        case EACCES, EPERM, EROFS:
            LiveFailure(
                .permissionDenied,
                "\(path) is not writable or readable for the sandbox's user: \(SystemError.text(of: error.errorNumber))"
            )
        case ENOSPC, EDQUOT:
            LiveFailure(.resourceExhausted, "the sandbox's disk is full (\(path))")
        default: LiveFailure(error)
        }
    }
}
