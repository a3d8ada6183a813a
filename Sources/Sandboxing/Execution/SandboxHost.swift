internal import Glibc
package import LinuxKernel
internal import RunModel

/// What all sandboxes of this process share: the facts, pid 1's executable, where leases lie.
///
/// Making one costs a few dozen system calls; a service makes one and keeps it.
package final class SandboxHost: Sendable {
    package let facts: HostFacts
    let program: InitProgram
    /// Of leases; this user's own.
    package let runtimeDirectory: String
    /// The first host user id of the first sandbox; each has `IdentityPlan.rangeSize` of them.
    package let firstUser: UInt32
    private let keepsRootTrees: Bool
    private let rootTreesDirectory: String

    /// - Parameters:
    ///   - initPath: the executable `sandbox-init`.
    ///   - keepsRootTrees: whether there may be ready-made roots.
    ///   - rootTreesDirectory: where they are; by default the runtime directory.
    ///   - environment: of the host; `PATH`, `HOME` and `XDG_RUNTIME_DIR` are looked at.
    package init(
        initPath: String, environment: VariableList,
        firstUser: UInt32 = IdentityPlan.defaultFirstUser, keepsRootTrees: Bool = true,
        rootTreesDirectory: String? = nil
    ) throws(SandboxError) {
        facts = HostFacts.gather(environment: environment)
        runtimeDirectory = Self.runtimeDirectory(facts, environment)
        self.firstUser = firstUser
        self.keepsRootTrees = keepsRootTrees
        self.rootTreesDirectory = rootTreesDirectory ?? runtimeDirectory
        do throws(SystemError) {
            program = try InitProgram(copying: initPath)
        } catch {
            throw SandboxError(
                error, remedy: "install Drydock again, and see that \(initPath) is readable")
        }
        do throws(SystemError) {
            try SandboxLease.prepare(directory: runtimeDirectory)
        } catch {
            throw SandboxError(
                error,
                remedy: "make \(runtimeDirectory) this user's own with mode 0700, or remove it")
        }
        // A command that closes its standard input must not end this process with SIGPIPE.
        signal(SIGPIPE, SIG_IGN)
    }

    /// The facts that the plan of a request is made from.
    package func facts(for request: SandboxRequest) -> HostFacts {
        guard keepsRootTrees else { return facts }
        return facts.withRootTree(for: request, keptIn: rootTreesDirectory)
    }

    static func runtimeDirectory(
        _ facts: HostFacts, _ environment: VariableList
    ) -> String {
        if facts.isPrivileged { return "/run/drydock" }
        if let directory = environment["XDG_RUNTIME_DIR"], FileKind.of(directory) == .directory {
            return directory + "/drydock"
        }
        return "/tmp/drydock-\(facts.userIdentifier)"
    }

    /// `sandbox-init` beside this executable, or in `../libexec/drydock`.
    package static func defaultInitPath() -> String {
        let own = FileKind.linkTarget("/proc/self/exe") ?? ""
        let directory = own.lastIndex(of: "/").map { String(own[..<$0]) } ?? ""
        let installed = directory + "/../libexec/drydock/sandbox-init"
        return FileKind.of(installed) == .regular ? installed : directory + "/sandbox-init"
    }

    /// `network-agent`, beside it.
    package static func networkAgentPath() -> String {
        let path = defaultInitPath()
        return path[..<(path.lastIndex(of: "/") ?? path.startIndex)] + "/network-agent"
    }
}

/// Which ids a sandbox has, inside and on the host.
package struct IdentityPlan: Sendable, Equatable {
    /// Above the ranges of systemd (524288 to 1879048191) and of subordinate ids, below 2^31.
    package static let defaultFirstUser: UInt32 = 1_879_048_192
    package static let rangeSize: UInt32 = 65536
    package static let rangeCount = 4096

    package let map: IdentityMap
    /// The host's id of the sandbox's user.
    package let user: UInt32
    /// The host's id of the sandbox's root, which owns what the user may not change.
    let root: UInt32
    package let isPrivileged: Bool

    init(number: Int, facts: HostFacts, firstUser: UInt32) {
        isPrivileged = facts.isPrivileged
        let inside = SandboxPlanner.user
        if facts.isPrivileged {
            root = firstUser + UInt32(number) * Self.rangeSize
            user = root + inside
            let range = IdentityMap.Extent(inside: 0, outside: root, count: Self.rangeSize)
            map = IdentityMap(users: [range], groups: [range], deniesGroups: false)
        } else {
            root = facts.userIdentifier
            user = facts.userIdentifier
            map = IdentityMap(
                users: [.init(inside: inside, outside: facts.userIdentifier, count: 1)],
                groups: [.init(inside: inside, outside: facts.groupIdentifier, count: 1)],
                deniesGroups: true)
        }
    }

    /// Shows the files of `owner` as the sandbox's user's, and root's as its root's.
    ///
    /// - Parameter keepsHostRoot: for an upper layer, where overlayfs works as the host's root:
    ///   that id must have a place on the disk too.
    func ownerMap(user owner: UInt32, group: UInt32, keepsHostRoot: Bool) -> IdentityMap {
        func extents(_ id: UInt32) -> [IdentityMap.Extent] {
            let own = IdentityMap.Extent(inside: id, outside: user, count: 1)
            if id == 0 {
                return keepsHostRoot ? [own, .init(inside: user, outside: 0, count: 1)] : [own]
            }
            return [.init(inside: 0, outside: keepsHostRoot ? 0 : root, count: 1), own]
        }
        return IdentityMap(users: extents(owner), groups: extents(group), deniesGroups: false)
    }
}
