internal import Foundation
package import RunModel

/// Files that are laid over a worktree, as a layer of their own above the tree's.
package struct OverlayFolder: ~Copyable, Sendable {
    package let path: String

    /// Writes the files into a new private folder, which goes with this value.
    package init(_ files: [OverlayFile]) throws {
        path = NSTemporaryDirectory() + "drydock-layer-" + UUID().uuidString
        let manager = FileManager.default
        try manager.createDirectory(
            atPath: path, withIntermediateDirectories: false, attributes: [.posixPermissions: 0o755]
        )
        for file in files {
            let parts = file.path.split(separator: "/", omittingEmptySubsequences: false)
            guard !parts.isEmpty, !parts.contains(where: { ["", ".", ".."].contains($0) }) else {
                throw PortError(
                    operation: "laying", subject: file.path,
                    reason: "this is no path inside a worktree",
                    remedy: "Use a relative path without . and ..")
            }
            let target = "\(path)/\(file.path)"
            try manager.createDirectory(
                atPath: (target as NSString).deletingLastPathComponent,
                withIntermediateDirectories: true, attributes: [.posixPermissions: 0o755])
            try Data(file.content).write(to: URL(fileURLWithPath: target))
            try manager.setAttributes(
                [.posixPermissions: file.isExecutable ? 0o755 : 0o644], ofItemAtPath: target)
        }
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }
}
