internal import Glibc
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
        for name in ["artifacts", "mirrors", "snapshots"] {
            let path = data.path + "/" + name
            guard mkdir(path, 0o700) == 0 || errno == EEXIST else {
                throw Self.failure("mkdir", path)
            }
            try give(path, asDirectory: true)
        }
        for name in ["store.sqlite", "store.sqlite-wal", "store.sqlite-shm", "request-state.secret"] {
            try give(data.path + "/" + name, asDirectory: false)
        }
        try letRead(data.path + "/audit.log")
    }

    /// By descriptor and without following links: what another had put there is not given away.
    private func give(_ path: String, asDirectory: Bool) throws {
        let kind = asDirectory ? O_DIRECTORY : 0
        let descriptor = open(path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC | kind)
        guard descriptor >= 0 else { throw Self.failure("open", path) }
        defer { close(descriptor) }
        guard fchown(descriptor, number, number) == 0 else { throw Self.failure("chown", path) }
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
