/// What a session is stacked of, as it is kept on disk.
package struct SessionState: Sendable, Equatable {
    /// The tree beneath all layers.
    package var base: String
    /// Absolute path of the repository's common directory.
    package var repository: String
    package var kind: LayerKind
    /// The commit that git inside starts from; `nil` where there is none.
    package var commit: String?
    /// Kept layers, topmost first.
    package var layers: [String] = []
    /// Snapshot number to its layers, in the order in which they were taken.
    package var snapshots: [[String]] = []

    package init(
        base: String, repository: String, kind: LayerKind, commit: String? = nil
    ) {
        self.commit = commit
        self.base = base
        self.repository = repository
        self.kind = kind
    }

    var text: String {
        let kindName = kind == .userOverlay ? "user" : "trusted"
        var lines = ["drydock-session 1", "base \(base)", "kind \(kindName)"]
        lines.append("repository \(repository)")
        lines.append("layers \(layers.joined(separator: " "))")
        lines += snapshots.map { "snapshot \($0.joined(separator: " "))" }
        if let commit { lines.append("commit \(commit)") }
        return (lines + ["end"]).joined(separator: "\n") + "\n"
    }

    init?(text: String) {
        let lines = text.split(separator: "\n").map(String.init)
        guard lines.count >= 6, lines[0] == "drydock-session 1", lines.last == "end" else {
            return nil
        }
        func value(_ line: String, _ key: String) -> String? {
            line.hasPrefix(key + " ") ? String(line.dropFirst(key.count + 1)) : nil
        }
        guard let base = value(lines[1], "base"), ObjectID(base) != nil,
            let kind = value(lines[2], "kind"), let repository = value(lines[3], "repository"),
            let layers = Self.names(value(lines[4], "layers"))
        else { return nil }
        self.init(
            base: base, repository: repository,
            kind: kind == "user" ? .userOverlay : .trustedOverlay)
        self.layers = layers
        for line in lines[5..<(lines.count - 1)] {
            if let commit = value(line, "commit"), ObjectID(commit) != nil {
                self.commit = commit
                continue
            }
            guard let snapshot = Self.names(value(line, "snapshot")) else { return nil }
            snapshots.append(snapshot)
        }
    }

    /// Layer names become part of paths: letters and digits only.
    private static func names(_ text: String?) -> [String]? {
        guard let text else { return nil }
        let names = text.split(separator: " ").map(String.init)
        return names.allSatisfy(isName) ? names : nil
    }

    static func isName(_ text: String) -> Bool {
        !text.isEmpty
            && text.utf8.allSatisfy {
                (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0)
                    || (UInt8(ascii: "a")...UInt8(ascii: "z")).contains($0)
                    || (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains($0)
            }
    }
}
