internal import JSONText
internal import Orchestration

/// A template names an image and a profile.
struct E2BTemplate: Sendable, Equatable {
    var name: String
    /// `host`, or the path of a root file system.
    var image: String
    var profile: String
    /// RFC 3339, UTC.
    var createdAt: String

    /// The ones that are always there.
    static let standard = [
        E2BTemplate(
            name: "base", image: "host", profile: "build", createdAt: "2026-01-01T00:00:00Z"),
        E2BTemplate(
            name: "strict", image: "host", profile: "strict", createdAt: "2026-01-01T00:00:00Z"),
    ]

    var json: JSONValue {
        JSONValue(members: [
            ("templateID", .string(name)), ("buildID", .string(name)), ("public", .bool(true)),
            ("aliases", .array([.string(name)])), ("names", .array([.string(name)])),
            ("cpuCount", 2), ("memoryMB", JSONValue(profile == "strict" ? 512 : 2048)),
            ("diskSizeMB", JSONValue(profile == "strict" ? 256 : 4096)),
            ("createdAt", .string(createdAt)), ("updatedAt", .string(createdAt)),
            ("createdBy", .null), ("lastSpawnedAt", .null), ("spawnCount", 0), ("buildCount", 1),
            ("envdVersion", .string(E2BSandbox.dataPlaneVersion)),
            ("buildStatus", .string("ready")),
        ])
    }
}

extension ImageShelf {
    /// One for each image, under the default profile.
    var templates: [E2BTemplate] {
        images.filter { image in !E2BTemplate.standard.contains { $0.name == image.name } }.map {
            E2BTemplate(name: $0.name, image: $0.path, profile: "build", createdAt: $0.builtAt)
        }
    }
}
