/// A copy-on-write directory inside a sandbox: read-only lower layers, and one upper layer that
/// receives whatever the run changes.
package struct OverlaySpecification: Sendable, Equatable {
    /// Absolute host paths, topmost layer first. Never written to.
    package var lowers: [String]
    package var upper: Upper
    /// Absolute path inside the sandbox.
    package var mountPoint: String
    /// Whether a directory of a lower layer is renamed like any other, by a note in the upper layer of
    /// where its content lies, where the host can keep such notes out of a workload's reach. For an
    /// upper layer that is read once and never stacked, on lower layers that carry no notes.
    package var redirectsDirectories: Bool

    package enum Upper: Sendable, Equatable {
        /// On the run's scratch file system, which is bounded by the disk limit, is in no mount
        /// table of the host, and vanishes with its last descriptor.
        case temporary
        /// Kept host directories on one file system; `work` is overlayfs' own and must be empty.
        case directory(upper: String, work: String)
    }

    package init(
        lowers: [String], upper: Upper = .temporary, mountPoint: String,
        redirectsDirectories: Bool = false
    ) {
        self.lowers = lowers
        self.upper = upper
        self.mountPoint = mountPoint
        self.redirectsDirectories = redirectsDirectories
    }
}

/// The extended attributes in which overlayfs keeps its notes on an upper layer.
package enum OverlayNotes: Sendable, Equatable {
    /// `trusted.overlay.*`: no workload can write them, and directories are redirected.
    case trusted
    /// `user.overlay.*` (`userxattr`): the kernel keeps a workload's own attributes of that name
    /// apart, and redirects nothing.
    case user
}

/// A host file or directory that is made visible inside a sandbox.
package struct BindSpecification: Sendable, Equatable {
    /// Absolute host path.
    package var source: String
    /// Absolute path inside the sandbox.
    package var target: String
    package var isWritable: Bool

    package init(source: String, target: String? = nil, isWritable: Bool = false) {
        self.source = source
        self.target = target ?? source
        self.isWritable = isWritable
    }
}

/// How much of the network a sandbox sees. Loopback works inside in every mode.
package enum NetworkMode: Sendable, Equatable {
    /// An own, empty network namespace.
    case none
    /// Names that may be reached through the egress gateway.
    case allow([String])
    /// The host's network: no network fence at all, always listed under `degraded`.
    case host

    /// Reads what `text` writes; `nil` for anything else. `loopback` is another word for `none`.
    package init?(text: String) {
        switch text {
        case "none", "loopback": self = .none
        case "host": self = .host
        default:
            guard text.hasPrefix("allow=") else { return nil }
            let hosts = text.dropFirst("allow=".count).split(separator: ",").map(String.init)
            guard !hosts.isEmpty else { return nil }
            self = .allow(hosts)
        }
    }

    /// As in `--net` and in `isolation.network`.
    package var text: String {
        switch self {
        case .none: "none"
        case .allow(let hosts): "allow=" + hosts.joined(separator: ",")
        case .host: "host"
        }
    }
}
