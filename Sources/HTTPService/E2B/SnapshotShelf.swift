internal import Foundation
internal import JSONText

/// Stored files of sandboxes, from which new ones are made: a directory for each, with `files` and
/// `snapshot.json`, which is written last.
struct SnapshotShelf: Sendable {
    let directory: String

    struct Snapshot: Sendable {
        var identifier: String
        var tenant: String
        var name: String?
        /// What it was taken from.
        var sandbox: String
        var template: String
        var createdAtMilliseconds: UInt64

        var json: JSONValue {
            JSONValue(members: [
                ("schema", .string("drydock.snapshot/v1")), ("id", .string(identifier)),
                ("tenant", .string(tenant)), ("name", name.map(JSONValue.string)),
                ("sandbox", .string(sandbox)), ("template", .string(template)),
                ("created_at_ms", JSONValue(createdAtMilliseconds)),
            ])
        }

        /// As E2B's clients read it.
        var shown: JSONValue {
            JSONValue(members: [
                ("snapshotID", .string(identifier)),
                ("names", .array(name.map { [.string($0)] } ?? [])),
                ("sandboxID", .string(sandbox)),
                ("createdAt", .string(Timestamps.text(milliseconds: createdAtMilliseconds))),
            ])
        }

        init(
            identifier: String, tenant: String, name: String?, sandbox: String, template: String
        ) {
            self.identifier = identifier
            self.tenant = tenant
            self.name = name
            self.sandbox = sandbox
            self.template = template
            createdAtMilliseconds = Timestamps.nowMilliseconds
        }

        init?(_ value: JSONValue) {
            guard let identifier = value["id"]?.stringValue,
                let tenant = value["tenant"]?.stringValue,
                let sandbox = value["sandbox"]?.stringValue,
                let template = value["template"]?.stringValue
            else { return nil }
            self.init(
                identifier: identifier, tenant: tenant, name: value["name"]?.stringValue,
                sandbox: sandbox, template: template)
            createdAtMilliseconds = UInt64(clamping: value["created_at_ms"]?.integerValue ?? 0)
        }
    }

    func prepare() throws {
        try FileManager.default.createDirectory(
            atPath: directory, withIntermediateDirectories: true,
            attributes: [.posixPermissions: 0o700])
    }

    func files(of identifier: String) -> String { "\(directory)/\(identifier)/files" }

    /// Makes room for a new one.
    func begin(_ identifier: String) throws {
        try FileManager.default.createDirectory(
            atPath: "\(directory)/\(identifier)", withIntermediateDirectories: true,
            attributes: [.posixPermissions: 0o700])
    }

    func publish(_ snapshot: Snapshot) throws {
        try Data((snapshot.json.text() + "\n").utf8).write(
            to: URL(filePath: "\(directory)/\(snapshot.identifier)/snapshot.json"),
            options: .atomic)
    }

    func remove(_ identifier: String) throws {
        try FileManager.default.removeItem(atPath: "\(directory)/\(identifier)")
    }

    /// All of a tenant; the newest first.
    func list(tenant: String) -> [Snapshot] {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: directory)) ?? []
        return names.compactMap { find($0, tenant: tenant) }.sorted {
            ($0.createdAtMilliseconds, $0.identifier) > ($1.createdAtMilliseconds, $1.identifier)
        }
    }

    /// What a tenant's snapshots take on disk.
    func bytes(of tenant: String) -> Int {
        list(tenant: tenant).reduce(0) { $0 + bytes(of: $1) }
    }

    private func bytes(of snapshot: Snapshot) -> Int {
        let path = files(of: snapshot.identifier)
        let size = try? FileManager.default.attributesOfItem(atPath: path)[.size] as? Int
        // An empty one takes something too.
        return max(size ?? 0, 4096)
    }

    /// By its id.
    func find(_ identifier: String, tenant: String) -> Snapshot? {
        guard identifier.utf8.allSatisfy({ (48...57).contains($0) || (97...122).contains($0) }),
            let bytes = FileManager.default.contents(
                atPath: "\(directory)/\(identifier)/snapshot.json"),
            let value = try? JSONValue(parsing: bytes), let snapshot = Snapshot(value),
            snapshot.tenant == tenant
        else { return nil }
        return snapshot
    }

    /// By its id or its name, the newest of that name.
    func find(named name: String, tenant: String) -> Snapshot? {
        find(name, tenant: tenant) ?? list(tenant: tenant).first { $0.name == name }
    }
}
