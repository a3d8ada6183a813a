internal import LinuxKernel
internal import RunModel

/// The steps for devices, the scratch file system, worktrees and binds, and the kernel's views.
extension SandboxPlanner {
    mutating func planDevices() {
        // Nodes cannot be made in a user namespace, so the host's are bound; devices work on
        // these mounts only.
        let attributes: MountAttributes = [.noSetuid, .noExecution]
        for name in settings.devices {
            let path = "/dev/" + name
            add(
                .bind(
                    source: path, target: path, attributes: attributes, inherited: nil,
                    isOptional: false))
        }
        add(
            .fileSystem(
                type: "devpts", target: "/dev/pts", attributes: attributes,
                // The kernel has a few thousand terminals for all sandboxes together.
                options: ["mode=620", "ptmxmode=666", "newinstance", "max=128"]))
        if facts.rootTree != nil { return }
        for (target, path) in [
            ("pts/ptmx", "/dev/ptmx"), ("/proc/self/fd", "/dev/fd"),
            ("/proc/self/fd/0", "/dev/stdin"), ("/proc/self/fd/1", "/dev/stdout"),
            ("/proc/self/fd/2", "/dev/stderr"),
        ] {
            add(.symbolicLink(target: target, path: path))
        }
    }

    /// All that a run can write to is one tmpfs: bounded as a whole, in no mount table of the
    /// host, and gone with its last descriptor. The host reads what it wants from it afterwards.
    mutating func planScratch() {
        let inherited = facts.isPrivileged ? prepare(.scratch) : nil
        add(
            .scratch(
                byteLimit: plan.scratchBytes, fileLimit: plan.scratchFiles, inherited: inherited))
        var places = Self.scratchPlaces(of: request)
        if hasEmptyWorkingDirectory {
            places.append(("work", SandboxRequest.emptyWorkingDirectory, 0o755))
        }
        for (name, target, mode) in places {
            add(.scratchBind(name: name, target: target, mode: mode, owner: Self.user))
        }
        for (index, overlay) in request.overlays.enumerated() {
            planOverlay(overlay, upperName: "upper\(index)")
        }
    }

    /// What every run can write to: a directory of the scratch file system, where it is inside, and
    /// its mode.
    static func scratchPlaces(
        of request: SandboxRequest
    ) -> [(name: String, target: String, mode: UInt32)] {
        [
            ("tmp", "/tmp", 0o1777), ("var-tmp", "/var/tmp", 0o1777), ("shm", "/dev/shm", 0o1777),
            ("home", request.account.home, 0o700),
            ("reports", SandboxRequest.reportsDirectory, 0o755),
        ]
    }

    var hasEmptyWorkingDirectory: Bool {
        request.overlays.isEmpty && workingDirectory == SandboxRequest.emptyWorkingDirectory
            && !request.binds.contains { $0.target == SandboxRequest.emptyWorkingDirectory }
    }

    private mutating func planOverlay(_ overlay: OverlaySpecification, upperName: String) {
        let isRedirecting = facts.isPrivileged && overlay.redirectsDirectories
        plan.uppers.append(.init(name: upperName, notes: isRedirecting ? .trusted : .user))
        guard facts.isPrivileged else {
            add(
                .overlay(
                    upper: upperName, target: overlay.mountPoint, lowers: overlay.lowers,
                    owner: Self.user))
            return
        }
        let index = prepare(.overlay(overlay, upperName: upperName))
        add(
            .bind(
                source: "overlay", target: overlay.mountPoint,
                attributes: [.noSetuid, .noDevices], inherited: index, isOptional: false))
    }

    mutating func planBinds() {
        for bind in request.binds { planBind(bind, mapsOwner: true) }
        for bind in request.systemBinds { planBind(bind, mapsOwner: false) }
    }

    mutating func planBind(_ bind: BindSpecification, mapsOwner: Bool) {
        var attributes: MountAttributes = [.noSetuid, .noDevices]
        if !bind.isWritable { attributes.insert(.readOnly) }
        let inherited = facts.isPrivileged ? prepare(.bind(bind, mapsOwner: mapsOwner)) : nil
        add(
            .bind(
                source: bind.source, target: bind.target, attributes: attributes,
                inherited: inherited, isOptional: false))
    }

    mutating func planKernelViews() {
        var options = ["hidepid=invisible"]
        if settings.showsOnlyProcesses { options.append("subset=pid") }
        add(
            .fileSystem(
                type: "proc", target: "/proc",
                attributes: [.noSetuid, .noDevices, .noExecution], options: options))
        for path in settings.maskedPaths { add(.mask(path)) }
        for path in settings.readOnlyPaths { add(.readOnly(path)) }
        add(.hostname(request.hostName))
        if request.network != .host { add(.loopbackUp) }
        if plan.cgroupLimits != CgroupLimits(), !facts.cgroups.usesV2 { add(.joinGroups) }
        // Here, and not with the clone: on cgroup v1 pid 1 is moved into its groups after it, and
        // the namespace's root is where its maker is.
        var namespaces: NamespaceSet = [.cgroup]
        if settings.usesTimeNamespace { namespaces.insert(.time) }
        add(.unshare(namespaces))
        add(.pivot)
        add(.workingDirectory(workingDirectory))
    }
}
