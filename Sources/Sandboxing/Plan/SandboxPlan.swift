package import LinuxKernel
package import RunModel

/// A sandbox before it exists: every step of its set-up, in order. Building one does nothing.
package struct SandboxPlan: Sendable, Equatable {
    /// Entered with one clone.
    package var namespaces: NamespaceSet
    /// Done by the launcher before, as its privilege is needed; pid 1 takes them over by index.
    package var mounts: [PreparedMount]
    /// Done by pid 1.
    package var steps: [SetupStep]
    package var cgroupLimits: CgroupLimits
    /// The names of what is weaker than asked for, permitted by the profile.
    package var degraded: [String]
    /// Why this host cannot run it; `nil` when it can.
    package var refusal: SandboxError?
    /// Landlock level in force; `nil` when it is not used.
    package var landlockABI: Int?
    package var scratchBytes: UInt64
    package var scratchFiles: UInt64
    /// The overlays' upper layers on the scratch file system, in their order.
    package var uppers: [UpperDirectory]
    /// What a run may write to: everything in it is the run's own, or was bound for it.
    package var ownPlaces: [String] = []

    /// A directory of the scratch file system that holds an upper layer.
    package struct UpperDirectory: Sendable, Equatable {
        package var name: String
        package var notes: OverlayNotes
    }

    /// A mount that the launcher makes.
    package enum PreparedMount: Sendable, Equatable {
        case bind(BindSpecification, mapsOwner: Bool)
        case scratch
        case overlay(OverlaySpecification, upperName: String)

        package var text: String {
            switch self {
            case .bind(let bind, let mapsOwner):
                "clone \(bind.source) for \(bind.target)"
                    + (mapsOwner ? " with mapped owners" : "")
                    + (bind.isWritable ? ", writable" : ", read-only")
            case .scratch: "make the scratch file system"
            case .overlay(let overlay, let name):
                "make an overlay for \(overlay.mountPoint): \(overlay.lowers.joined(separator: ", ")) below scratch \(name)"
                    + (overlay.redirectsDirectories ? ", redirecting directories" : "")
            }
        }
    }

    /// What `--explain` prints: numbered, one step a line.
    package var explanation: String {
        var lines = mounts.map { "launcher: " + $0.text }
        lines.append("launcher: clone with namespaces \(namespaces.names.joined(separator: ", "))")
        if let bytes = cgroupLimits.memoryBytes { lines.append("cgroup: memory \(bytes) bytes") }
        if let count = cgroupLimits.processes { lines.append("cgroup: \(count) processes") }
        if let cpus = cgroupLimits.cpus { lines.append("cgroup: \(cpus) processors") }
        if let refusal { lines.append("refused on this host: " + refusal.description) }
        lines += steps.map { "pid 1: " + $0.description }
        let width = String(lines.count).count
        return lines.enumerated().map { index, line in
            let number = String(index + 1)
            return String(repeating: " ", count: width - number.count) + number + "  " + line + "\n"
        }.joined()
    }
}
