/// What is known of an image in the store (`image.json`, written last: an image without it is not
/// whole).
package struct ImageRecord: Sendable, Codable, Equatable {
    package enum Source: String, Sendable, Codable {
        /// From Debian packages, by a recipe of `Containers/`.
        case recipe
        /// An OCI layout or archive, or a Docker archive.
        case imported
    }

    package var schema = "drydock.image/v1"
    package var name: String
    package var source: Source
    /// Of the recipe, or of what was imported; in hexadecimal.
    package var key: String
    /// RFC 3339, UTC.
    package var builtAt: String
    package var files: Int
    package var sizeBytes: Int64
    /// SHA-256 of the manifest, which has a line for each file.
    package var manifestDigest: String
    /// What the image's configuration sets, `NAME=VALUE`.
    package var environment: [String]
    /// Relative to the store.
    package var folder: String { "\(name)-\(key)" }

    enum CodingKeys: String, CodingKey {
        case schema, name, source, key, files, environment
        case builtAt = "built_at"
        case sizeBytes = "size_bytes"
        case manifestDigest = "manifest_digest"
    }
}
