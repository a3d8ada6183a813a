internal import CLinux
internal import Glibc

/// A mount that is in no mount table: it lives as long as its descriptor, and so leaves nothing
/// behind, whatever happens to this process.
package struct DetachedMount: ~Copyable, Sendable {
    package let descriptor: OwnedDescriptor

    private init(_ raw: Int) { descriptor = OwnedDescriptor(owning: Int32(raw)) }

    /// Takes over a mount's descriptor.
    package init(_ descriptor: consuming OwnedDescriptor) { self.descriptor = descriptor }

    /// A clone of the tree at a host path, with everything mounted beneath it.
    package init(cloning path: String) throws(SystemError) {
        self.init(
            try SystemCall.perform("open_tree", path) {
                lx_open_tree(OwnedDescriptor.currentDirectory, path, LX_TREE_CLONE)
            })
    }

    /// A new tmpfs, nosuid and nodev, whose top belongs to a user.
    package init(
        temporaryBytes bytes: UInt64, files: UInt64, owner: UInt32
    ) throws(SystemError) {
        let options = [
            "size=\(bytes)", "nr_inodes=\(files)", "mode=711", "uid=\(owner)", "gid=\(owner)",
        ]
        try self.init(type: "tmpfs", options: options)
    }

    /// An overlay, nosuid and nodev, whose layers are directories by descriptor.
    ///
    /// - Parameter redirectsDirectories: keeps notes in `trusted.overlay.*`, which no workload can
    ///   write, and follows them: a directory of a lower layer is renamed in place. That is safe for an
    ///   upper layer that no other overlay mounts later only (threat 11), and blind to notes of lower
    ///   layers in the other namespace. Without it notes are `user.overlay.*`, as in an overlay of an
    ///   ordinary user's, a workload's own of that name are kept apart by the kernel, and renaming a
    ///   directory of a lower layer gives EXDEV.
    package init(
        lowers: borrowing DescriptorList, upper: borrowing OwnedDescriptor,
        work: borrowing OwnedDescriptor, redirectsDirectories: Bool
    ) throws(SystemError) {
        let layers = lowers.raw.map { "lowerdir+=/proc/self/fd/\($0)" }
        try self.init(
            type: "overlay",
            options: layers + [
                "upperdir=/proc/self/fd/\(upper.raw)", "workdir=/proc/self/fd/\(work.raw)",
            ] + Self.overlayOptions(redirectsDirectories))
    }

    private static func overlayOptions(_ redirectsDirectories: Bool) -> [String] {
        (redirectsDirectories ? ["redirect_dir=on", "index=off"] : ["userxattr"]) + ["metacopy=off"]
    }

    /// The same where overlayfs takes no layer that is in no mount namespace, as before Linux 6.15
    /// (and idmapped layers since 5.19). The layers are of no use afterwards.
    ///
    /// - Parameters:
    ///   - upperMount: a mount with the two directories; a clone takes its place.
    ///   - upper: the name of a directory in it.
    ///   - work: likewise.
    package static func overlay(
        attaching lowers: borrowing DescriptorList, upperMount: inout DetachedMount, upper: String,
        work: String, redirectsDirectories: Bool
    ) throws(SystemError) -> DetachedMount {
        for name in [upper, work] where name.utf8.contains(where: ",:\\".utf8.contains) {
            throw SystemError(operation: "make the overlay", subject: name, errorNumber: EINVAL)
        }
        let options = overlayOptions(redirectsDirectories).joined(separator: ",")
        var order = lx_overlay()
        let mount = upperMount.descriptor.raw
        let result = lowers.raw.withUnsafeBufferPointer { layers in
            upper.withCString { upper in
                work.withCString { work in
                    options.withCString { options in
                        // SAFETY: all of it is used before the call returns.
                        order.lowers = layers.baseAddress
                        order.lower_count = layers.count
                        order.upper_mount = mount
                        order.upper = upper
                        order.work = work
                        order.options = options
                        return lx_make_overlay(&order)
                    }
                }
            }
        }
        guard result >= 0 else {
            let operation = order.operation.map { String(cString: $0) } ?? "make the overlay"
            throw SystemError(operation: operation, subject: upper, errorNumber: order.error)
        }
        upperMount = DetachedMount(Int(order.upper_clone))
        return DetachedMount(Int(order.overlay))
    }

    private init(type: String, options: [String]) throws(SystemError) {
        let opened = try SystemCall.perform("fsopen", type) { lx_fsopen(type) }
        let fileSystem = OwnedDescriptor(owning: Int32(opened))
        let raw = fileSystem.raw
        for option in options {
            let parts = option.split(separator: "=", maxSplits: 1).map(String.init)
            try SystemCall.perform("fsconfig", "\(type) \(option)") {
                parts.count == 2
                    ? lx_fsconfig_string(raw, parts[0], parts[1]) : lx_fsconfig_flag(raw, option)
            }
        }
        try SystemCall.perform("fsconfig(create)", type) { lx_fsconfig_create(raw) }
        self.init(
            try SystemCall.perform("fsmount", type) { lx_fsmount(raw, LX_SCRATCH_ATTRIBUTES) })
    }

    /// Sets attributes of the whole tree.
    package borrowing func change(
        _ attributes: MountAttributes, named name: String
    ) throws(SystemError) {
        let mount = descriptor.raw
        try SystemCall.perform("mount_setattr", name) {
            lx_mount_setattr(mount, attributes.rawValue, -1, 1)
        }
    }

    /// The same, and shows the tree's owners through the map of a user namespace.
    package borrowing func change(
        _ attributes: MountAttributes, mappedBy namespace: borrowing OwnedDescriptor,
        named name: String
    ) throws(SystemError) {
        let mount = descriptor.raw
        let map = namespace.raw
        try SystemCall.perform("mount_setattr(idmap)", name) {
            lx_mount_setattr(mount, attributes.rawValue, map, 1)
        }
    }

    /// Makes a directory at the top of the mount.
    package borrowing func makeDirectory(
        _ name: String, mode: UInt32, owner: UInt32
    ) throws(SystemError) {
        let mount = descriptor.raw
        try SystemCall.performLibrary("mkdirat", name) { Int(mkdirat(mount, name, 0o700)) }
        try SystemCall.performLibrary("fchownat", name) {
            Int(fchownat(mount, name, owner, owner, AT_SYMLINK_NOFOLLOW))
        }
        try SystemCall.performLibrary("fchmodat", name) { Int(fchmodat(mount, name, mode, 0)) }
    }

    /// Opens a directory of the mount, never through a link.
    package borrowing func openDirectory(_ name: String) throws(SystemError) -> OwnedDescriptor {
        try OwnedDescriptor.openDirectory(name, in: descriptor)
    }

    package consuming func take() -> OwnedDescriptor { descriptor }
}
