internal import Foundation
internal import RunModel

/// Files that a job leaves: `DIRECTORY/artifacts/JOB/NAME`, mode 0600.
package struct Artifacts: Sendable {
    private let root: String

    package init(state: StateDirectory) { root = state.path + "/artifacts" }

    package struct Entry: Sendable, Equatable {
        package var name: String
        package var bytes: Int
    }

    /// Where a file goes; the job's folder is made.
    func path(_ name: String, job: String) throws -> String {
        let folder = try folder(of: job)
        try FileManager.default.createDirectory(
            atPath: folder, withIntermediateDirectories: true,
            attributes: [.posixPermissions: 0o700])
        return folder + "/" + (try Self.checked(name))
    }

    func write(_ content: [UInt8], name: String, job: String) throws {
        try Data(content).write(
            to: URL(filePath: try path(name, job: job)), options: .atomic)
    }

    package func list(job: String) throws -> [Entry] {
        let folder = try folder(of: job)
        guard FileManager.default.fileExists(atPath: folder) else { return [] }
        return try FileManager.default.contentsOfDirectory(atPath: folder).sorted().map { name in
            let attributes = try FileManager.default.attributesOfItem(atPath: folder + "/" + name)
            return Entry(name: name, bytes: attributes[.size] as? Int ?? 0)
        }
    }

    /// `nil` when there is no such file.
    package func read(_ name: String, job: String) throws -> [UInt8]? {
        let path = try folder(of: job) + "/" + (try Self.checked(name))
        return FileManager.default.contents(atPath: path).map(Array.init)
    }

    package func remove(job: String) throws {
        let folder = try folder(of: job)
        guard FileManager.default.fileExists(atPath: folder) else { return }
        try FileManager.default.removeItem(atPath: folder)
    }

    /// Everything that is kept: job and bytes.
    package func sizes() throws -> [(job: String, bytes: Int)] {
        guard FileManager.default.fileExists(atPath: root) else { return [] }
        return try FileManager.default.contentsOfDirectory(atPath: root).map { job in
            (job, try list(job: job).reduce(0) { $0 + $1.bytes })
        }
    }

    private func folder(of job: String) throws -> String { root + "/" + (try Self.checked(job)) }

    /// Names become parts of paths: letters, digits, dots within, dashes.
    private static func checked(_ name: String) throws -> String {
        let isPlain = name.utf8.allSatisfy { byte in
            switch byte {
            case 45, 46, 48...57, 65...90, 95, 97...122: true
            default: false
            }
        }
        guard isPlain, !name.isEmpty, !name.hasPrefix("."), name.utf8.count <= 100 else {
            throw PortError(
                operation: "naming", subject: name, reason: "this is no artifact's name",
                remedy: "Take a name from the list")
        }
        return name
    }
}
