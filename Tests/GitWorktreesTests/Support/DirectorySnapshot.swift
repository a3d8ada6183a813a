import Foundation

/// Every file beneath a directory with its type, permissions and content.
enum DirectorySnapshot {
    static func take(_ root: String, leavingOut: Set<String> = [".git"]) throws -> [String: String]
    {
        var found: [String: String] = [:]
        let manager = FileManager.default
        for name in try manager.subpathsOfDirectory(atPath: root) {
            let first = name.split(separator: "/").first.map(String.init) ?? name
            guard !leavingOut.contains(first) else { continue }
            let path = "\(root)/\(name)"
            let attributes = try manager.attributesOfItem(atPath: path)
            let mode = attributes[.posixPermissions] as? Int ?? 0
            switch attributes[.type] as? FileAttributeType {
            case .typeDirectory?: found[name] = "directory"
            case .typeSymbolicLink?:
                found[name] = "link \(try manager.destinationOfSymbolicLink(atPath: path))"
            case .typeRegular?:
                let content = try Data(contentsOf: URL(fileURLWithPath: path))
                found[name] = "file \(String(mode, radix: 8)) \(content.base64EncodedString())"
            default: found[name] = "special"
            }
        }
        return found
    }
}
