internal import Foundation

/// How a layout or archive becomes a root file system. Its content is somebody else's: skopeo and
/// umoci, which parse it, run inside a sandbox without network, that can write to one directory.
package struct ImageUnpacking: Sendable {
    /// Where the source and the directory to write to are, inside.
    package static let sourcePath = "/image/source"
    package static let targetPath = "/image/target"

    /// The transports that an archive may be in, in the order in which they are tried.
    package enum Transport: String, Sendable, CaseIterable {
        case openContainerArchive = "oci-archive"
        case dockerArchive = "docker-archive"
        case openContainerLayout = "oci"
    }

    /// One command to run in the sandbox.
    package static func copyCommand(from transport: Transport, tag: String?) -> [String] {
        let source = "\(transport.rawValue):\(sourcePath)" + (tag.map { ":\($0)" } ?? "")
        return [
            "skopeo", "--insecure-policy", "copy", "--quiet", source,
            "oci:\(targetPath)/layout:drydock",
        ]
    }

    package static let unpackCommand = [
        "umoci", "unpack", "--rootless", "--image", "\(targetPath)/layout:drydock",
        "\(targetPath)/bundle",
    ]

    /// What the image's configuration sets, from the runtime configuration that umoci writes.
    ///
    /// - Parameter bundle: the unpacked bundle, on the host.
    package static func environment(ofBundle bundle: String) -> [String] {
        struct Configuration: Decodable {
            struct Process: Decodable { var env: [String]? }
            var process: Process?
        }
        let limit: UInt64 = 4 << 20
        let path = bundle + "/config.json"
        let attributes = try? FileManager.default.attributesOfItem(atPath: path)
        guard let size = attributes?[.size] as? UInt64, size <= limit,
            attributes?[.type] as? FileAttributeType == .typeRegular,
            let data = FileManager.default.contents(atPath: path),
            let configuration = try? JSONDecoder().decode(Configuration.self, from: data)
        else { return [] }
        return (configuration.process?.env ?? []).filter { variable in
            let name = variable.prefix { $0 != "=" }
            return variable.contains("=") && !name.isEmpty && name != "HOME"
                && name != "TERM" && !variable.utf8.contains(0)
        }
    }
}
