internal import Foundation

/// A directory for objects that live as long as one command.
struct TemporaryQuarantine {
    let path: String

    init() throws {
        path = NSTemporaryDirectory() + "drydock-gate-" + UUID().uuidString
        try FileManager.default.createDirectory(
            atPath: path, withIntermediateDirectories: false,
            attributes: [.posixPermissions: 0o700])
    }

    func remove() { try? FileManager.default.removeItem(atPath: path) }
}
