internal import Foundation
internal import Glibc
internal import RunModel
package import RunStore

/// Which process this is, and whether another one still runs.
package enum ProcessIdentity {
    package static func own() -> IncidentHolder {
        let process = getpid()
        return IncidentHolder(
            host: ProcessInfo.processInfo.hostName, process: process,
            processStart: start(of: process) ?? 0)
    }

    /// A process of another machine cannot be seen: it counts as alive, and a human stops it.
    package static func isAlive(_ holder: IncidentHolder) -> Bool {
        guard holder.host == ProcessInfo.processInfo.hostName else { return true }
        return start(of: holder.process) == holder.processStart
    }

    /// Asks the holder to end.
    ///
    /// - Returns: whether it was there.
    /// - Throws: `PortError` when it runs elsewhere or may not be signalled.
    package static func stop(_ holder: IncidentHolder) throws -> Bool {
        guard holder.host == ProcessInfo.processInfo.hostName else {
            throw PortError(
                operation: "stopping", subject: "process \(holder.process)",
                reason: "it runs on \(holder.host)", remedy: "Stop it there")
        }
        guard isAlive(holder) else { return false }
        try terminate(holder.process)
        return true
    }

    /// Asks a process of this machine to end; one that is gone already is fine.
    ///
    /// - Throws: `PortError` when it may not be signalled.
    static func terminate(_ process: Int32) throws {
        guard kill(process, SIGTERM) == 0 || errno == ESRCH else {
            throw PortError(
                operation: "stopping", subject: "process \(process)",
                reason: String(cString: strerror(errno)), remedy: "Ask its owner to stop it")
        }
    }

    /// Field 22 of `/proc/PID/stat` (proc(5)); the command's name before it may hold anything.
    static func start(of process: Int32) -> UInt64? {
        guard let text = try? String(contentsOfFile: "/proc/\(process)/stat", encoding: .utf8),
            let end = text.lastIndex(of: ")")
        else { return nil }
        let fields = text[text.index(after: end)...].split(separator: " ")
        // The first field after the name is the third.
        guard fields.count > 19, fields[0] != "Z" else { return nil }
        return UInt64(fields[19])
    }
}

/// The time of day in the form of the contract: RFC 3339, UTC.
package enum WallClock {
    package static func timestamp() -> String {
        Date().formatted(.iso8601)
    }
}
