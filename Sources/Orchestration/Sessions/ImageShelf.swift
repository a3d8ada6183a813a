internal import Images
internal import LinuxKernel

/// The root file systems that a service offers as templates: all that are built or imported.
package struct ImageShelf: Sendable {
    /// Absolute, with every link resolved; all images are below it.
    package let directory: String

    package struct Image: Codable, Sendable, Equatable {
        package let name: String
        package let path: String
        /// RFC 3339, UTC.
        package let builtAt: String
    }

    package init() throws {
        let root = try ImageService().store.root
        directory = FileKind.canonicalPath(root) ?? root
    }

    /// The newest of each name, sorted by name.
    package var images: [Image] {
        let store = ImageStore(root: directory)
        var newest: [String: Image] = [:]
        for record in store.list() {
            let image = Image(
                name: record.name, path: "\(directory)/\(record.folder)/rootfs",
                builtAt: record.builtAt)
            if let known = newest[record.name], known.builtAt > record.builtAt { continue }
            newest[record.name] = image
        }
        return newest.values.sorted { $0.name < $1.name }
    }
}
