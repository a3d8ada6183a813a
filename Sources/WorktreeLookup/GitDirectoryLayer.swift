/// A lower layer that holds nothing but a `.git`: the throw-away git directory of the inside. What
/// a run writes there goes to the upper layer with the rest, and is never looked at.
package struct GitDirectoryLayer: Sendable, Equatable {
    /// A directory of the host that has to be visible inside, read-only.
    package struct Bind: Sendable, Equatable {
        package var source: String
        package var target: String

        package init(source: String, target: String) {
            self.source = source
            self.target = target
        }
    }

    /// Absolute path; to be stacked on top of the checkout.
    package let lower: String
    /// Where the objects are borrowed from.
    package let binds: [Bind]

    package init(lower: String, binds: [Bind]) {
        self.lower = lower
        self.binds = binds
    }

    /// - Parameter entry: the directory in the cache.
    /// - Returns: `nil` unless it is there and was made since the last boot.
    package init?(entry: String, bootID: String) {
        guard let text = SmallFile.text(entry + "/seal", byteLimit: 64 << 10) else { return nil }
        let lines = text.split(separator: "\n")
        guard lines.count >= 4, lines[0] == "drydock-gitdir 1", lines[1] == "boot \(bootID)",
            lines[2].hasPrefix("tree "), lines.last == "end"
        else { return nil }
        var binds: [Bind] = []
        for line in lines[3..<(lines.count - 1)] {
            let fields = line.split(separator: "\t", omittingEmptySubsequences: false)
            guard fields.count == 3, fields[0] == "bind" else { return nil }
            binds.append(Bind(source: String(fields[1]), target: String(fields[2])))
        }
        self.init(lower: entry + "/layer", binds: binds)
    }

    /// What `init(entry:bootID:)` reads.
    package func seal(tree: String, bootID: String) -> String {
        let lines = binds.map { "bind\t\($0.source)\t\($0.target)\n" }.joined()
        return "drydock-gitdir 1\nboot \(bootID)\ntree \(tree)\n\(lines)end\n"
    }
}
