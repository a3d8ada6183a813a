internal import JSONText
internal import Orchestration
internal import Synchronization

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

/// The images of a part with privilege, asked for now and then: they are built while services run.
final class RemoteImages: Sendable {
    private static let pause = Duration.seconds(10)
    private let known: Mutex<[E2BTemplate]>

    init(_ images: [ImageShelf.Image], of work: RemoteWork) {
        known = Mutex(Self.templates(images))
        Task { [weak self] in
            while self != nil {
                try? await Task.sleep(for: Self.pause)
                guard let images = try? await work.images() else { continue }
                self?.known.withLock { $0 = Self.templates(images) }
            }
        }
    }

    var templates: [E2BTemplate] { known.withLock { $0 } }

    private static func templates(_ images: [ImageShelf.Image]) -> [E2BTemplate] {
        images.filter { image in !E2BTemplate.standard.contains { $0.name == image.name } }.map {
            E2BTemplate(name: $0.name, image: $0.path, profile: "build", createdAt: $0.builtAt)
        }
    }
}
