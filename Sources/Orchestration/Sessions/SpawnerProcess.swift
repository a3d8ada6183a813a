internal import Foundation
internal import Glibc
internal import LinuxKernel
internal import RunModel
internal import Sandboxing

/// The running spawner: the front executable, started as `drydock spawner`. Ends with this object,
/// and with this process however that ends; the sandboxes that it made live on.
package final class SpawnerProcess: Sendable {
    package let socket: String
    private let life: FileHandle
    private let identifier: Int32

    /// - Parameter owner: the user who may ask, besides root.
    package init(
        directory: String, profiles: [String], imageRoots: [String], owner: UInt32 = geteuid()
    ) throws {
        socket = directory + "/" + LivePlace.spawnerName
        let (life, ready) = (Pipe(), Pipe())
        let process = try HostProcess(
            Self.frontPath(),
            arguments: [
                "spawner", directory, "\(owner)", profiles.joined(separator: ","),
            ] + imageRoots,
            environment: ProcessInfo.processInfo.environment,
            input: .descriptor(life.fileHandleForReading.fileDescriptor),
            output: .descriptor(ready.fileHandleForWriting.fileDescriptor), error: .inherited)
        try? life.fileHandleForReading.close()
        try? ready.fileHandleForWriting.close()
        let said = ready.fileHandleForReading.availableData
        guard said.starts(with: Data("ready".utf8)) else {
            throw PortError(
                operation: "starting", subject: "the spawner of sandboxes",
                reason: "it ended; its message is above",
                remedy: "Run 'drydock doctor' to see what this host lacks")
        }
        self.life = life.fileHandleForWriting
        identifier = process.release()
    }

    deinit {
        try? life.close()
        HostProcess.reap(identifier)
    }

    /// Beside the full tool, or where it is installed.
    private static func frontPath() throws -> String {
        let own =
            (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")) ?? ""
        let folder = (own as NSString).deletingLastPathComponent
        for path in [folder + "/drydock", folder + "/../../bin/drydock"]
        where FileManager.default.isExecutableFile(atPath: path) {
            return path
        }
        throw PortError(
            operation: "finding", subject: "the front executable drydock",
            reason: "it is neither beside \(own) nor in ../../bin",
            remedy: "Install Drydock again")
    }
}
