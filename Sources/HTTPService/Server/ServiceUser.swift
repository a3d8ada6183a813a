internal import Glibc
internal import LinuxKernel
internal import Orchestration

/// The ordinary user as whom a service that was started as root parses requests.
package struct ServiceUser: Sendable, Equatable {
    /// When nobody has made a user `drydock`: a number that no name has.
    static let ownNumber: UInt32 = 46_118
    static let ownName = "drydock"

    /// User and group.
    package let number: UInt32

    /// - Parameter name: a name or a number; `nil` is `drydock`, or a number of Drydock's own.
    package init(_ name: String?) throws(StartRefusal) {
        if let name {
            guard let number = UInt32(name) ?? Self.number(of: name) else {
                throw StartRefusal(
                    "there is no user \(name)", remedy: "Make one: useradd --system \(name)")
            }
            guard number != 0 else {
                throw StartRefusal(
                    "requests are not parsed as root", remedy: "Name another user with --user")
            }
            self.number = number
            return
        }
        if let number = Self.number(of: Self.ownName), number != 0 {
            self.number = number
            return
        }
        guard getpwuid(Self.ownNumber) == nil else {
            throw StartRefusal(
                "there is no user \(Self.ownName), and the number \(Self.ownNumber) is somebody's",
                remedy: "Make one: useradd --system \(Self.ownName); or name one with --user")
        }
        number = Self.ownNumber
    }

    private static func number(of name: String) -> UInt32? { getpwnam(name)?.pointee.pw_uid }

    /// Makes over what the parsing part keeps below the data directory; the rest stays root's.
    func takePlaces(in data: StateDirectory) throws {
        // Others find what they are told the name of, and cannot look around.
        guard chmod(data.path, 0o711) == 0 else { throw Self.failure("chmod", data.path) }
        for name in ["artifacts", "snapshots"] {
            let path = data.path + "/" + name
            guard mkdir(path, 0o700) == 0 || errno == EEXIST else {
                throw Self.failure("mkdir", path)
            }
            try giveTree(path)
        }
        // Repositories of the machine, which git and libgit2 take from their own user only.
        let mirrors = data.path + "/mirrors"
        guard mkdir(mirrors, 0o755) == 0 || errno == EEXIST, lchown(mirrors, 0, 0) == 0,
            chmod(mirrors, 0o755) == 0
        else { throw Self.failure("mkdir", mirrors) }
        for name in [
            "store.sqlite", "store.sqlite-wal", "store.sqlite-shm", "request-state.secret",
        ] {
            try give(data.path + "/" + name)
        }
        try letRead(data.path + "/audit.log")
    }

    /// By descriptor and without following links: what another had put there is not given away.
    private func give(_ path: String) throws {
        let file = try OwnedDescriptor.open(path, flags: O_RDONLY | O_NOFOLLOW)
        try give(file, path)
    }

    private func give(_ file: borrowing OwnedDescriptor, _ path: String) throws {
        guard fchown(file.raw, number, number) == 0 else { throw Self.failure("chown", path) }
    }

    /// With everything inside, where it is another's: of a service that was not divided yet.
    private func giveTree(_ path: String) throws {
        let directory = try OwnedDescriptor.open(
            path, flags: O_RDONLY | O_NOFOLLOW | O_DIRECTORY)
        guard try FileStatus(of: directory, path: path).user != number else { return }
        try giveInside(directory, path, depth: 0)
        try give(directory, path)
    }

    private func giveInside(
        _ directory: borrowing OwnedDescriptor, _ path: String, depth: Int
    ) throws {
        for name in try directory.directoryNames(path) where depth < 16 {
            let flags = O_RDONLY | O_NOFOLLOW | O_NONBLOCK
            // Links lead elsewhere, and stay whose they are.
            guard
                let file = try? OwnedDescriptor.open(
                    name, flags: flags, relativeTo: directory.raw)
            else { continue }
            let inner = path + "/" + name
            let status = try FileStatus(of: file, path: inner)
            if status.kind == .directory { try giveInside(file, inner, depth: depth + 1) }
            // A second name of a file may be anywhere.
            if status.kind == .directory || status.kind == .file && status.linkCount == 1 {
                try give(file, inner)
            }
        }
    }

    /// The audit log is root's to write, and the service's to show.
    private func letRead(_ path: String) throws {
        let descriptor = open(path, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0o640)
        guard descriptor >= 0 else { throw Self.failure("open", path) }
        defer { close(descriptor) }
        guard fchown(descriptor, 0, number) == 0, fchmod(descriptor, 0o640) == 0 else {
            throw Self.failure("chown", path)
        }
    }

    private static func failure(_ operation: String, _ path: String) -> StartRefusal {
        StartRefusal(
            "\(operation) of \(path) failed: \(String(cString: strerror(errno)))",
            remedy: "The data directory must be root's alone")
    }
}
