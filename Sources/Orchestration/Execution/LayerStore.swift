internal import Foundation
internal import RunModel

/// Cached results of setup steps: folders that lie, read-only, below `$DRYDOCK_ENV` of later runs.
///
/// A layer is whole when it stands under its key: it is made out of sight and renamed into place.
package struct LayerStore: Sendable {
    /// Where layers are inside: always the same, because virtual environments hold absolute paths.
    package static let mountPoint = "/opt/drydock/env"

    private let root: String

    package init(root: String) { self.root = root }

    package func contains(_ key: String) -> Bool {
        FileManager.default.fileExists(atPath: "\(root)/\(key)/files")
    }

    /// The folder of one layer.
    package func folder(_ key: String) throws -> String {
        guard contains(key) else {
            throw PortError(
                operation: "using", subject: "setup layer \(key)", reason: "it is not in the cache",
                remedy: "Run the setup again")
        }
        return "\(root)/\(key)/files"
    }

    /// What lies below the first layer: an overlay must have a lower layer, be it an empty one.
    func emptyFolder() throws -> String {
        let path = root + "/empty"
        try FileManager.default.createDirectory(
            atPath: path, withIntermediateDirectories: true,
            attributes: [.posixPermissions: 0o755])
        return path
    }

    /// A layer in the making; what is not finished goes with the value.
    package struct Making: ~Copyable {
        let path: String

        var files: String { path + "/files" }
        var work: String { path + "/work" }

        deinit { try? FileManager.default.removeItem(atPath: path) }
    }

    package func begin() throws -> Making {
        let path = "\(root)/making-" + UUID().uuidString
        for folder in [root, path] {
            try FileManager.default.createDirectory(
                atPath: folder, withIntermediateDirectories: true,
                attributes: [.posixPermissions: 0o700])
        }
        for folder in ["files", "work"] {
            try FileManager.default.createDirectory(
                atPath: "\(path)/\(folder)", withIntermediateDirectories: false,
                attributes: [.posixPermissions: 0o755])
        }
        return Making(path: path)
    }

    /// Puts a finished layer under its key. Whoever was faster wins: both made the same.
    package func finish(_ making: consuming Making, key: String) throws {
        do {
            try FileManager.default.moveItem(atPath: making.path, toPath: "\(root)/\(key)")
        } catch {
            guard contains(key) else { throw error }
        }
    }
}
