internal import Glibc
package import WorktreeLookup

/// Keeps the tree cache within its size and takes away what crashes left.
package struct CacheCollector {
    let layout: CacheLayout

    package init(layout: CacheLayout) { self.layout = layout }

    package struct Report: Sendable, Equatable {
        package var keptTrees = 0
        package var keptBytes = 0
        /// Least recently used first.
        package var evicted: [String] = []
        /// Torn or changed entries; they are made again when they are needed.
        package var damaged: [String] = []
        /// Directories of makers that died.
        package var abandoned = 0
        /// Git directories whose tree is gone, and quarantines that nobody wrote to for long.
        package var outdated = 0
    }

    private struct Entry {
        var tree: String
        var seal: TreeSeal
        var used: timespec
    }

    /// - Parameters:
    ///   - byteLimit: what the cache may take; entries in use stay whatever it says.
    ///   - verifiesAll: rehashes every file instead of a few of each entry.
    ///   - quarantineDays: how long objects that became no commit are kept. A quarantine goes as a
    ///     whole: its newer trees are made of its older ones.
    ///   - repositories: common directories of those that sessions stand on: their quarantines stay,
    ///     as a session's base may be a tree that became no commit.
    package func collect(
        byteLimit: Int, verifiesAll: Bool = false, quarantineDays: Int = 30,
        keepingQuarantinesOf repositories: Set<String> = []
    ) throws(GitError) -> Report {
        try PrivateDirectory.check(layout.root)
        var report = Report()
        report.abandoned = try removeAbandoned()
        var entries: [Entry] = []
        for name in try names(in: layout.trees) {
            if let entry = try soundEntry(name, verifiesAll: verifiesAll) {
                entries.append(entry)
            } else if try evict(name) {
                report.damaged.append(name)
            }
        }
        entries.sort {
            ($0.used.tv_sec, $0.used.tv_nsec) < ($1.used.tv_sec, $1.used.tv_nsec)
        }
        var total = entries.reduce(0) { $0 + $1.seal.byteCount }
        // Layers go before what they lie on: a tree that others need is passed over.
        var index = 0
        while total > byteLimit, index < entries.count {
            let entry = entries[index]
            let isNeeded = entries.contains {
                $0.tree != entry.tree && $0.seal.layers.contains(entry.tree)
            }
            var isEvicted = false
            if !isNeeded { isEvicted = try evict(entry.tree) }
            guard isEvicted else {
                index += 1
                continue
            }
            report.evicted.append(entry.tree)
            total -= entry.seal.byteCount
            entries.remove(at: index)
            index = 0  // What it lay on may be free now.
        }
        report.outdated = try removeOutdated(
            quarantineDays: quarantineDays,
            keeping: Set(repositories.map { layout.quarantine(of: $0) }))
        report.keptTrees = entries.count
        report.keptBytes = total
        return report
    }

    private func soundEntry(_ name: String, verifiesAll: Bool) throws(GitError) -> Entry? {
        var status = stat()
        guard ObjectName.isWhole(name), lstat(layout.seal(ofTree: name), &status) == 0,
            let text = try? FileContent.read(layout.seal(ofTree: name), byteLimit: 4096),
            let seal = TreeSeal(text: String(decoding: text, as: UTF8.self)),
            seal.layers.dropFirst().allSatisfy({ access(layout.seal(ofTree: $0), F_OK) == 0 }),
            try EntryCheck(layout: layout, tree: name).isWhole(sampling: verifiesAll ? nil : 16)
        else { return nil }
        return Entry(tree: name, seal: seal, used: status.st_mtim)
    }

    /// - Returns: `false` when the entry is in use.
    private func evict(_ tree: String) throws(GitError) -> Bool {
        let seal = layout.seal(ofTree: tree)
        let isSealed = access(seal, F_OK) == 0
        let lock = FileLock(ifFree: seal)
        if isSealed, lock == nil { return false }
        let scratch = try ScratchDirectory(in: layout.making)
        guard rename(layout.entry(ofTree: tree), "\(scratch.path)/evicted") == 0 || errno == ENOENT
        else { throw GitError.system("evict", tree) }
        return true
    }

    private func removeOutdated(
        quarantineDays: Int, keeping kept: Set<String>
    ) throws(GitError) -> Int {
        var outdated: [String] = []
        for name in try names(in: layout.gitDirectories) {
            let path = "\(layout.gitDirectories)/\(name)"
            let tree = (try? FileContent.read(path + "/seal", byteLimit: 64 << 10))
                .map { String(decoding: $0, as: UTF8.self).split(separator: "\n") }?
                .first { $0.hasPrefix("tree ") }.map { String($0.dropFirst("tree ".count)) }
            let isKept = tree.map { access(layout.seal(ofTree: $0), F_OK) == 0 } ?? false
            if !isKept { outdated.append(path) }
        }
        let oldest = time(nil) - quarantineDays * 24 * 60 * 60
        for name in try names(in: layout.quarantines) {
            let quarantine = try DirectoryHandle("\(layout.quarantines)/\(name)")
            guard !kept.contains(quarantine.path) else { continue }
            // A directory's time is that of its newest object; one that is empty was just made.
            var newest = try quarantine.status(of: [UInt8(ascii: ".")])?.st_mtim.tv_sec ?? 0
            for folder in try quarantine.names() {
                newest = max(newest, try quarantine.status(of: folder)?.st_mtim.tv_sec ?? 0)
            }
            if newest < oldest { outdated.append(quarantine.path) }
        }
        for path in outdated {
            let scratch = try ScratchDirectory(in: layout.making)
            guard rename(path, scratch.path + "/outdated") == 0 else {
                throw GitError.system("remove", path)
            }
        }
        return outdated.count
    }

    private func removeAbandoned() throws(GitError) -> Int {
        var count = 0
        for name in try names(in: layout.making) {
            let path = "\(layout.making)/\(name)"
            guard let lock = FileLock(ifFree: path) else { continue }
            try ScratchDirectory.removeTree(path)
            _ = consume lock
            count += 1
        }
        return count
    }

    /// None where the directory is not there: what keeps compiled profiles alone, or was half made, has
    /// no trees.
    private func names(in directory: String) throws(GitError) -> [String] {
        guard access(directory, F_OK) == 0 || errno != ENOENT else { return [] }
        return try DirectoryHandle(directory).names().map(PathText.text)
    }
}
