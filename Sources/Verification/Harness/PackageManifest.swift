internal import Foundation

/// `package.json`: dependencies follow the head, everything that steers tools follows the base.
struct PackageManifest: ManifestFormat {
    /// Keys in which a fix may change something; all others come from the base.
    private static let followingHead: Set<String> = [
        "dependencies", "devDependencies", "peerDependencies", "optionalDependencies",
        "bundledDependencies", "version", "description", "keywords", "files", "exports", "engines",
        "author", "contributors", "license", "repository", "bugs", "homepage", "funding",
    ]

    func handles(_ path: String) -> Bool { path.lastOfPath == "package.json" }

    func merged(head: String, base: String) -> String? {
        guard let headKeys = object(head), let baseKeys = object(base) else { return nil }
        let steering = baseKeys.filter { !Self.followingHead.contains($0.key) }
        let changed = headKeys.filter { !Self.followingHead.contains($0.key) }
        // Nothing that steers was touched: the file stays as it is, byte for byte.
        if NSDictionary(dictionary: steering).isEqual(to: changed) { return head }
        var merged = steering
        merged.merge(headKeys.filter { Self.followingHead.contains($0.key) }) { $1 }
        guard
            let data = try? JSONSerialization.data(
                withJSONObject: merged, options: [.sortedKeys, .prettyPrinted])
        else { return nil }
        return String(decoding: data, as: UTF8.self) + "\n"
    }

    private func object(_ text: String) -> [String: Any]? {
        (try? JSONSerialization.jsonObject(with: Data(text.utf8))) as? [String: Any]
    }
}
