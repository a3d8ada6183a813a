internal import CGit2
internal import Glibc
package import RunModel

extension RepositoryHandle {
    func withCommit<Result>(
        _ id: ObjectID, _ body: (OpaquePointer) throws(GitError) -> Result
    ) throws(GitError) -> Result {
        var raw = id.raw
        let commit = try GitPointer("read commit", id.description, free: git_commit_free) {
            git_commit_lookup(&$0, references.raw, &raw)
        }
        return try body(commit.raw)
    }

    package func tree(ofCommit id: ObjectID) throws(GitError) -> ObjectID {
        try withCommit(id) { ObjectID(git_commit_tree_id($0).pointee) }
    }

    /// The parents that this clone has: at the boundary of a shallow clone, none.
    package func parents(ofCommit id: ObjectID) throws(GitError) -> [ObjectID] {
        if isShallow, try shallowBoundary().contains(id) { return [] }
        return try withCommit(id) { commit in
            (0..<git_commit_parentcount(commit)).map {
                ObjectID(git_commit_parent_id(commit, $0).pointee)
            }
        }
    }

    package func summary(ofCommit id: ObjectID) throws(GitError) -> CommitSummary {
        let parents = try parents(ofCommit: id)
        return try withCommit(id) { commit in
            let author = git_commit_author(commit)
            let name = author.map { String(cString: $0.pointee.name) } ?? ""
            let email = author.map { String(cString: $0.pointee.email) } ?? ""
            return CommitSummary(
                id: id.description, tree: ObjectID(git_commit_tree_id(commit).pointee).description,
                parents: parents.map(\.description), author: "\(name) <\(email)>",
                timeSeconds: git_commit_time(commit),
                message: git_commit_message(commit).map { String(cString: $0) } ?? "")
        }
    }

    /// First parents from `bad` back to `good`, oldest first; `good` itself is left out.
    ///
    /// - Throws: when `good` is not on that line, naming what else to ask for.
    package func firstParentChain(
        from good: ObjectID, to bad: ObjectID
    ) throws(GitError) -> [ObjectID] {
        var chain: [ObjectID] = []
        var current = bad
        while current != good {
            chain.append(current)
            guard let parent = try parents(ofCommit: current).first else {
                let ending = isShallow ? "a shallow clone's boundary" : "the first commit"
                throw GitError(
                    .revisionNotFound, operation: "follow first parents",
                    subject: "\(good)..\(bad)",
                    reason: "the line from \(bad) reaches \(ending) without meeting \(good)",
                    remedy: isShallow
                        ? "Bring the missing commits: git fetch --unshallow"
                        : "Name a good revision on the branch's own line")
            }
            current = parent
        }
        return chain.reversed()
    }

    /// Everything that `bad` reaches and `good` does not, parents before children.
    package func commits(from good: ObjectID, to bad: ObjectID) throws(GitError) -> [ObjectID] {
        // libgit2 1.5 knows no grafts: its walker stumbles over a shallow clone's boundary.
        if isShallow { return try commitsByOwnWalk(from: good, to: bad) }
        let subject = "\(good)..\(bad)"
        let walk = try GitPointer("walk history", subject, free: git_revwalk_free) {
            git_revwalk_new(&$0, references.raw)
        }
        let order = GIT_SORT_TOPOLOGICAL.rawValue | GIT_SORT_REVERSE.rawValue
        try LibGit2.check(git_revwalk_sorting(walk.raw, order), "walk history", subject)
        var (start, stop) = (bad.raw, good.raw)
        try LibGit2.check(git_revwalk_push(walk.raw, &start), "walk history", subject)
        try LibGit2.check(git_revwalk_hide(walk.raw, &stop), "walk history", subject)
        var found: [ObjectID] = []
        var next = git_oid()
        var result = git_revwalk_next(&next, walk.raw)
        while result == 0 {
            found.append(ObjectID(next))
            result = git_revwalk_next(&next, walk.raw)
        }
        if result != GIT_ITEROVER.rawValue { try LibGit2.check(result, "walk history", subject) }
        return found
    }

    /// Depth first with an explicit stack; a shallow history is short.
    private func commitsByOwnWalk(
        from good: ObjectID, to bad: ObjectID
    ) throws(GitError) -> [ObjectID] {
        var excluded: Set<ObjectID> = []
        var pending = [good]
        while let id = pending.popLast() {
            guard excluded.insert(id).inserted else { continue }
            pending += try parents(ofCommit: id)
        }
        var seen = excluded
        var ordered: [ObjectID] = []
        var stack: [(id: ObjectID, isExpanded: Bool)] = [(bad, false)]
        while let (id, isExpanded) = stack.popLast() {
            if isExpanded {
                ordered.append(id)
            } else if seen.insert(id).inserted {
                stack.append((id, true))
                stack += try parents(ofCommit: id).reversed().map { ($0, false) }
            }
        }
        return ordered
    }

    /// Commits whose parents were not fetched (gitrepository-layout(5), `shallow`).
    private func shallowBoundary() throws(GitError) -> Set<ObjectID> {
        let text = try FileContent.read(commonDirectory + "/shallow", byteLimit: 64 << 20)
        return Set(
            text.split(separator: UInt8(ascii: "\n")).compactMap {
                ObjectID(String(decoding: $0, as: UTF8.self))
            })
    }
}
