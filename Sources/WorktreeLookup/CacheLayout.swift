internal import Glibc

/// Where the caches of worktrees lie. Everything is beneath one directory that belongs to the
/// service's user alone (0700).
///
/// ```
/// trees/<tree>/files     a checkout, or the layer of what differs from another tree
/// trees/<tree>/seal      written last: what is here is whole (`TreeSeal`)
/// trees/<tree>/manifest  every file with mode, blob and size
/// hints/<repository>-<object>   the tree of a commit or tag that was checked out once
/// gitdirs/<commit>-<repository>/layer/.git   the throw-away git directory for the inside
/// quarantine/<repository>   git objects that no repository has taken in yet
/// locks/                 one lock file for each thing that is being made
/// making/                what is not whole yet; a crash leaves it here
/// ```
package struct CacheLayout: Sendable, Equatable {
    package let root: String

    package init(root: String) { self.root = root }

    /// The directory of the contract: `/var/cache/drydock` for root, whose environment may come
    /// from another user, else `$XDG_CACHE_HOME/drydock` or `~/.cache/drydock`.
    ///
    /// - Returns: `nil` when there is neither variable.
    package static func standard() -> CacheLayout? {
        if geteuid() == 0 { return CacheLayout(root: "/var/cache/drydock") }
        if let base = variable("XDG_CACHE_HOME") { return CacheLayout(root: base + "/drydock") }
        return variable("HOME").map { CacheLayout(root: $0 + "/.cache/drydock") }
    }

    package var trees: String { root + "/trees" }
    package var hints: String { root + "/hints" }
    package var locks: String { root + "/locks" }
    package var making: String { root + "/making" }
    package var quarantines: String { root + "/quarantine" }
    package var gitDirectories: String { root + "/gitdirs" }

    package func entry(ofTree tree: String) -> String { "\(trees)/\(tree)" }
    package func files(ofTree tree: String) -> String { "\(trees)/\(tree)/files" }
    package func seal(ofTree tree: String) -> String { "\(trees)/\(tree)/seal" }
    package func manifest(ofTree tree: String) -> String { "\(trees)/\(tree)/manifest" }

    /// Kept for each repository apart: an object that another repository has is not in this one.
    package func hint(forObject object: String, commonDirectory: String) -> String {
        "\(hints)/\(Self.key(of: commonDirectory))-\(object)"
    }

    package func lock(named name: String) -> String { "\(locks)/\(name)" }

    /// New git objects of one repository, which no repository has taken in yet.
    ///
    /// - Parameter commonDirectory: absolute path of the repository's common git directory.
    package func quarantine(of commonDirectory: String) -> String {
        "\(quarantines)/\(Self.key(of: commonDirectory))"
    }

    package func gitDirectory(commit: String, commonDirectory: String) -> String {
        "\(gitDirectories)/\(commit)-\(Self.key(of: commonDirectory))"
    }

    /// FNV-1a of 64 bits: names directories apart, protects nothing.
    private static func key(of path: String) -> String {
        let hash = path.utf8.reduce(0xcbf2_9ce4_8422_2325 as UInt64) {
            ($0 ^ UInt64($1)) &* 0x100_0000_01b3
        }
        let digits = String(hash, radix: 16)
        return String(repeating: "0", count: 16 - digits.count) + digits
    }

    /// Only absolute paths count (XDG base directory specification).
    private static func variable(_ name: String) -> String? {
        guard let value = getenv(name).map({ String(cString: $0) }), value.hasPrefix("/") else {
            return nil
        }
        return value
    }
}
