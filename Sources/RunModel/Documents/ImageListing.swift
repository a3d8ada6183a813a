/// The document `drydock.images/v1`: the root file systems that are ready, and the recipes.
package struct ImageListing: Codable, Sendable, Equatable {
    package var schema = "drydock.images/v1"
    package var images: [Image]
    package var recipes: [String]

    package init(images: [Image], recipes: [String]) {
        self.images = images
        self.recipes = recipes
    }

    package struct Image: Codable, Sendable, Equatable {
        package var name: String
        /// `recipe` or `imported`.
        package var source: String
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

        package init(
            name: String, source: String, key: String, builtAt: String, files: Int,
            sizeBytes: Int64, manifestDigest: String, environment: [String]
        ) {
            self.name = name
            self.source = source
            self.key = key
            self.builtAt = builtAt
            self.files = files
            self.sizeBytes = sizeBytes
            self.manifestDigest = manifestDigest
            self.environment = environment
        }

        package enum CodingKeys: String, CodingKey {
            case name, source, key, files, environment
            case builtAt = "built_at"
            case sizeBytes = "size_bytes"
            case manifestDigest = "manifest_digest"
        }
    }
}
