internal import CGit2

extension RepositoryHandle {
    /// Fetches a branch's tip, with what it needs, into the quarantine. The user's repository gets
    /// neither objects nor references.
    ///
    /// - Parameters:
    ///   - known: a commit that both sides have, so that only what follows is sent.
    ///   - scratch: a directory that does not exist; made for the call, the caller removes it.
    /// - Returns: the tip.
    package func fetch(
        branch: String, known: ObjectID, from destination: PushDestination, scratch: String
    ) throws -> ObjectID {
        try requireQuarantine("fetch", branch)
        let url = destination.url
        try destination.check()
        let staging = try GitPointer("prepare exchange", scratch, free: git_repository_free) {
            git_repository_init(&$0, scratch, 1)
        }
        try joinObjects(to: staging.raw, scratch)
        var id = known.raw
        _ = try GitPointer("prepare exchange", scratch, free: git_reference_free) {
            git_reference_create(&$0, staging.raw, "refs/heads/known", &id, 0, nil)
        }
        let remote = try GitPointer("open remote", url, free: git_remote_free) {
            git_remote_create_anonymous(&$0, staging.raw, url)
        }
        let exchange = RemoteExchange(destination)
        let target = "refs/heads/fetched"
        do {
            try exchange.fetch("+refs/heads/\(branch):\(target)", remote.raw, url: url)
        } catch { throw exchange.failure ?? error }
        try LibGit2.check(
            git_reference_name_to_id(&id, staging.raw, target), "fetch", "\(branch) of \(url)")
        try takeOver(objectsOf: scratch + "/objects")
        return ObjectID(id)
    }

    /// What is here already is not asked for again.
    private func joinObjects(to staging: OpaquePointer, _ scratch: String) throws(GitError) {
        let database = try GitPointer("prepare exchange", scratch, free: git_odb_free) {
            git_repository_odb(&$0, staging)
        }
        for place in [commonDirectory + "/objects", quarantine].compactMap(\.self) {
            try LibGit2.check(
                git_odb_add_disk_alternate(database.raw, place), "prepare exchange", place)
        }
    }

    /// Copies every object of a directory into the quarantine: the pack that it came in is removed
    /// with the scratch directory.
    private func takeOver(objectsOf directory: String) throws(GitError) {
        let fetched = try GitPointer("read what was fetched", directory, free: git_odb_free) {
            git_odb_open(&$0, directory)
        }
        let list = ObjectList()
        let result = withExtendedLifetime(list) {
            // SAFETY: the payload lives until the call is over.
            git_odb_foreach(
                fetched.raw,
                { id, payload in
                    guard let id, let payload else { return GIT_ERROR.rawValue }
                    Unmanaged<ObjectList>.fromOpaque(payload).takeUnretainedValue()
                        .ids.append(id.pointee)
                    return 0
                }, Unmanaged.passUnretained(list).toOpaque())
        }
        try LibGit2.check(result, "read what was fetched", directory)
        for id in list.ids {
            var (id, written) = (id, git_oid())
            let object = try GitPointer(
                "read what was fetched", directory, free: git_odb_object_free
            ) { git_odb_read(&$0, fetched.raw, &id) }
            try LibGit2.check(
                git_odb_write(
                    &written, objects.raw, git_odb_object_data(object.raw),
                    git_odb_object_size(object.raw), git_odb_object_type(object.raw)),
                "keep what was fetched", directory)
        }
    }
}

private final class ObjectList {
    var ids: [git_oid] = []
}
