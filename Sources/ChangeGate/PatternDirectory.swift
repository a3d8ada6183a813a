internal import Foundation
internal import Glibc
package import Guardrails

extension PatternCache {
    /// Shared by everything in this process, and kept on disk between processes.
    package static let ofUser = PatternCache(directory: PatternDirectory.path())
}

/// Where compiled patterns are kept between calls.
enum PatternDirectory {
    /// `$XDG_CACHE_HOME/drydock/patterns`, for root `/var/cache/drydock/patterns`, made with mode
    /// 0700; `nil` when it cannot be made, which costs time only.
    static func path() -> String? {
        let parent: String
        if let chosen = variable("XDG_CACHE_HOME"), chosen.hasPrefix("/") {
            parent = chosen + "/drydock"
        } else if geteuid() == 0 {
            parent = "/var/cache/drydock"
        } else if let home = variable("HOME"), home.hasPrefix("/") {
            parent = home + "/.cache/drydock"
        } else {
            return nil
        }
        let path = parent + "/patterns"
        if access(path, W_OK) == 0 { return path }
        do {
            try FileManager.default.createDirectory(
                atPath: path, withIntermediateDirectories: true,
                attributes: [.posixPermissions: 0o700])
        } catch {
            return nil
        }
        return path
    }

    private static func variable(_ name: String) -> String? {
        getenv(name).map { String(cString: $0) }
    }
}
