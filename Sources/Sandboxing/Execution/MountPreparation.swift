internal import Glibc
internal import LinuxKernel
internal import RunModel

/// Makes the mounts of a plan that need the launcher's privilege. All are detached: they are in
/// no mount table until pid 1 attaches them in its own.
struct MountPreparation: ~Copyable {
    let identity: IdentityPlan
    var inherited = DescriptorList()
    /// Our own descriptor of the scratch file system.
    var scratch: OwnedDescriptor?
    private var scratchIndex = 0
    /// User namespaces whose maps show an owner as the sandbox's user, by owner.
    private var maps = DescriptorList()
    private var mapOf: [MapKey: Int] = [:]

    private struct MapKey: Hashable {
        let owner: FileOwner
        let keepsHostRoot: Bool
    }

    init(identity: IdentityPlan) { self.identity = identity }

    mutating func prepare(_ plan: SandboxPlan) throws(SystemError) {
        for mount in plan.mounts {
            switch mount {
            case .scratch:
                let made = try DetachedMount(
                    temporaryBytes: plan.scratchBytes, files: plan.scratchFiles,
                    owner: identity.root)
                scratch = try made.descriptor.duplicate()
                scratchIndex = inherited.append(made.take())
            case .bind(let bind, let mapsOwner):
                let made = try clone(
                    bind.source, isWritable: bind.isWritable, mapsOwner: mapsOwner)
                _ = inherited.append(made.take())
            case .overlay(let overlay, let name):
                let made = try makeOverlay(overlay, upperName: name)
                _ = inherited.append(made.take())
            }
        }
    }

    /// The mounts, in the order of the plan.
    mutating func takeInherited() -> DescriptorList {
        var taken = DescriptorList()
        swap(&taken, &inherited)
        return taken
    }

    private mutating func clone(
        _ path: String, isWritable: Bool, mapsOwner: Bool, isUpper: Bool = false
    ) throws(SystemError) -> DetachedMount {
        let mount = try DetachedMount(cloning: path)
        var attributes: MountAttributes = [.noSetuid, .noDevices]
        if !isWritable { attributes.insert(.readOnly) }
        guard mapsOwner else {
            try mount.change(attributes, named: path)
            return mount
        }
        let map = try ownerMap(for: try FileOwner(of: mount.descriptor), keepsHostRoot: isUpper)
        try mount.change(attributes, mappedBy: map, named: path)
        return mount
    }

    private mutating func ownerMap(
        for owner: FileOwner, keepsHostRoot: Bool
    ) throws(SystemError) -> OwnedDescriptor {
        let key = MapKey(owner: owner, keepsHostRoot: keepsHostRoot)
        if let index = mapOf[key] { return try maps.duplicate(at: index) }
        let map = identity.ownerMap(
            user: owner.user, group: owner.group, keepsHostRoot: keepsHostRoot)
        let namespace = try map.makeNamespace()
        mapOf[key] = maps.append(try namespace.duplicate())
        return namespace
    }

    private mutating func makeOverlay(
        _ overlay: OverlaySpecification, upperName: String
    ) throws(SystemError) -> DetachedMount {
        var lowers = DescriptorList()
        for path in overlay.lowers {
            let layer = try clone(path, isWritable: false, mapsOwner: true)
            _ = lowers.append(layer.take())
        }
        switch overlay.upper {
        case .temporary:
            guard let scratch = scratch.take() else {
                throw SystemError(
                    operation: "make the overlay", subject: upperName, errorNumber: 22)
            }
            var mount = DetachedMount(scratch)
            let work = upperName + ".work"
            try mount.makeDirectory(upperName, mode: 0o755, owner: identity.user)
            try mount.makeDirectory(work, mode: 0o755, owner: identity.user)
            let before = mount.descriptor.raw
            let made = try Self.stack(
                lowers, on: &mount, upper: upperName, work: work,
                redirectsDirectories: overlay.redirectsDirectories)
            if mount.descriptor.raw != before {
                inherited.replace(at: scratchIndex, with: try mount.descriptor.duplicate())
            }
            self.scratch = mount.take()
            return made
        case .directory(let upper, let work):
            // overlayfs wants both on one mount: a clone of the directory that holds them.
            let (parent, name) = Self.split(upper)
            let (other, workName) = Self.split(work)
            guard parent == other else {
                throw SystemError(
                    operation: "make the overlay (upper and work are not neighbours)",
                    subject: work, errorNumber: 22)
            }
            var mount = try clone(
                parent, isWritable: true, mapsOwner: true, isUpper: true)
            return try Self.stack(
                lowers, on: &mount, upper: name, work: workName, redirectsDirectories: false)
        }
    }

    /// - Parameter mount: holds the two directories; another one where it had to be replaced.
    private static func stack(
        _ lowers: borrowing DescriptorList, on mount: inout DetachedMount, upper: String,
        work: String, redirectsDirectories: Bool
    ) throws(SystemError) -> DetachedMount {
        do throws(SystemError) {
            return try DetachedMount(
                lowers: lowers, upper: try mount.openDirectory(upper),
                work: try mount.openDirectory(work), redirectsDirectories: redirectsDirectories)
        } catch  where error.operation.hasPrefix("fsconfig") && error.errorNumber == EINVAL {
            return try DetachedMount.overlay(
                attaching: lowers, upperMount: &mount, upper: upper, work: work,
                redirectsDirectories: redirectsDirectories)
        }
    }

    private static func split(_ path: String) -> (parent: String, name: String) {
        guard let slash = path.lastIndex(of: "/") else { return (".", path) }
        return (String(path[..<slash]), String(path[path.index(after: slash)...]))
    }
}
