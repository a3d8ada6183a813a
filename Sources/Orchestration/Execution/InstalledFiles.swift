internal import Foundation

/// Where the data that comes with Drydock lies: beside an installed executable, or in the source
/// tree that it was built from.
package enum InstalledFiles {
    package struct Missing: Error, CustomStringConvertible {
        package var name: String
        package var searched: [String]

        package var description: String {
            "cannot find \(name); looked in \(searched.joined(separator: ", ")). "
                + "Install Drydock again, or set DRYDOCK_SHARE to the folder that holds it"
        }
    }

    /// - Parameter name: relative to `share/drydock`, such as `Policies`.
    package static func path(of name: String) throws(Missing) -> String {
        let candidates = folders()
        for folder in candidates {
            let path = "\(folder)/\(name)"
            if FileManager.default.fileExists(atPath: path) { return path }
        }
        throw Missing(name: name, searched: candidates)
    }

    private static func folders() -> [String] {
        var folders: [String] = []
        if let chosen = ProcessInfo.processInfo.environment["DRYDOCK_SHARE"] { folders.append(chosen) }
        let link = try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")
        guard let executable = link else { return folders }
        var folder = (executable as NSString).deletingLastPathComponent
        folders.append(folder + "/../share/drydock")
        folders.append(folder + "/../../share/drydock")
        // In a source tree: a folder above the build folder that holds the manifest too.
        while folder.count > 1 {
            if FileManager.default.fileExists(atPath: folder + "/Package.swift") {
                folders.append(folder)
            }
            folder = (folder as NSString).deletingLastPathComponent
        }
        return folders
    }
}
