internal import Orchestration
internal import RunModel

/// A session on one screen.
enum SessionText {
    static func story(_ session: RunsListing.Session, _ changes: ChangeLists) -> String {
        var lines = [
            "session     \(session.id)", "repository  \(session.repository)",
            "base        \(session.base)",
        ]
        if let commit = session.commit { lines.append("commit      \(commit)") }
        lines.append("last used   \(session.lastUsedAt)")
        lines.append("layers      \(session.layers), snapshots \(session.snapshots)")
        if let process = session.process { lines.append("running     process \(process)") }
        let groups: [(String, [String])] = [
            ("added", changes.added), ("modified", changes.modified), ("deleted", changes.deleted),
            ("renamed", changes.renamed.map { "\($0.from) to \($0.to)" }),
            ("mode", changes.modeChanged.map { "\($0.path) from \($0.from) to \($0.to)" }),
            ("ignored", changes.ignored), ("special", changes.special),
        ]
        for (name, paths) in groups {
            lines += paths.map { name.padding(to: 12) + $0 }
        }
        return lines.joined(separator: "\n")
    }
}

extension String {
    fileprivate func padding(to width: Int) -> String {
        self + String(repeating: " ", count: max(1, width - count))
    }
}
