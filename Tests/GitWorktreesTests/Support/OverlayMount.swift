import Foundation

/// A real overlay, mounted in a mount namespace of its own for the time of one script: nothing is
/// left in the mount table.
struct OverlayMount {
    /// Topmost first.
    var lowers: [String]
    /// `nil` mounts the lower layers read-only.
    var upper: (upper: String, work: String)?
    /// `redirect_dir=on,metacopy=off`, or `userxattr`.
    var options = "redirect_dir=on,metacopy=off"
    let mountPoint: String

    init(lowers: [String], upperIn directory: String?, mountPoint: String) throws {
        self.lowers = lowers
        self.mountPoint = mountPoint
        let manager = FileManager.default
        try manager.createDirectory(atPath: mountPoint, withIntermediateDirectories: true)
        guard let directory else { return }
        upper = ("\(directory)/upper", "\(directory)/work")
        for path in ["upper", "work"] {
            try manager.createDirectory(
                atPath: "\(directory)/\(path)", withIntermediateDirectories: true)
        }
    }

    /// Runs a command with the overlay as its working directory.
    @discardableResult
    func run(_ command: [String]) throws -> String {
        var layers = "lowerdir=" + lowers.joined(separator: ":")
        if let upper { layers += ",upperdir=\(upper.upper),workdir=\(upper.work)" }
        let script = """
            set -e
            mount -t overlay overlay -o "\(options),\(layers)" '\(mountPoint)'
            cd '\(mountPoint)'
            exec "$@"
            """
        let output = try GitCommand(directory: "/").run(
            ["unshare", "--mount", "--propagation", "private", "sh", "-c", script, "sh"] + command)
        return String(decoding: output, as: UTF8.self)
    }

    @discardableResult
    func shell(_ script: String) throws -> String { try run(["sh", "-ec", script]) }
}
