internal import CGit2
internal import Dispatch
internal import Glibc
internal import Synchronization

/// Writes the files of a plan with several threads, each with its own view of the repository.
struct CheckoutWriter {
    let plan: CheckoutPlan
    /// Absolute path of an empty directory.
    let destination: String
    /// Where the objects are.
    let commonDirectory: String
    let quarantine: String?

    private struct Progress {
        var nextGroup = 0
        var manifest = TreeManifest()
        var failure: GitError?
    }

    /// - Returns: the manifest, ordered by path.
    func write() throws(GitError) -> TreeManifest {
        try makeDirectories()
        let groups = Dictionary(grouping: plan.files) { CheckoutPlan.parent(of: $0.path) }
            .sorted { $0.key.lexicographicallyPrecedes($1.key) }
            .map { (directory: $0.key, files: $0.value) }
        let progress = Mutex(Progress())
        // Starting a worker opens the repository again: few files are not worth a second one.
        let processors = max(1, sysconf(CInt(_SC_NPROCESSORS_ONLN)))
        let workers = min(processors, 8, plan.files.count / 200 + 1)
        DispatchQueue.concurrentPerform(iterations: workers) { _ in
            do throws(GitError) {
                try work(groups, progress)
            } catch {
                progress.withLock { $0.failure = $0.failure ?? error }
            }
        }
        var result = progress.withLock { $0 }
        if let failure = result.failure { throw failure }
        result.manifest.files.sort { $0.path.lexicographicallyPrecedes($1.path) }
        result.manifest.unfiltered.sort { $0.lexicographicallyPrecedes($1) }
        result.manifest.submodules = plan.submodules
        return result.manifest
    }

    private func makeDirectories() throws(GitError) {
        let root = try DirectoryHandle(destination)
        for path in plan.directories {
            // Every parent was made by this process in a private directory: no link is in the way.
            let text = CStringBytes.terminated(path)
            guard mkdirat(root.descriptor, text, 0o755) == 0 || errno == EEXIST,
                fchmodat(root.descriptor, text, 0o755, 0) == 0
            else { throw GitError.system("make directory", root.path(of: path)) }
        }
    }

    private func work(
        _ groups: [(directory: [UInt8], files: [CheckoutPlan.File])],
        _ progress: borrowing Mutex<Progress>
    ) throws(GitError) {
        let repository = try RepositoryHandle(
            at: commonDirectory, quarantine: quarantine, trust: .namedByOperator)
        var conversion = try ContentConversion(objects: repository.objects)
        for file in plan.attributeFiles { try conversion.setAttributes(file.path, to: file.blob) }
        let root = try DirectoryHandle(destination)
        var manifest = TreeManifest()
        while true {
            let next = progress.withLock { state -> Int? in
                guard state.failure == nil, state.nextGroup < groups.count else { return nil }
                defer { state.nextGroup += 1 }
                return state.nextGroup
            }
            guard let next else { break }
            let directory = try root.descendant(groups[next].directory)
            for file in groups[next].files {
                try write(file, into: directory, repository, conversion, &manifest)
            }
        }
        progress.withLock {
            $0.manifest.files += manifest.files
            $0.manifest.unfiltered += manifest.unfiltered
        }
    }

    private func write(
        _ file: CheckoutPlan.File, into directory: borrowing DirectoryHandle,
        _ repository: borrowing RepositoryHandle, _ conversion: borrowing ContentConversion,
        _ manifest: inout TreeManifest
    ) throws(GitError) {
        let name = CheckoutPlan.name(of: file.path)
        var entry = TreeManifest.File(
            path: file.path, mode: file.mode, blob: file.blob, content: file.blob, byteCount: 0)
        if file.mode == TreeEntry.linkMode {
            // Longer than PATH_MAX is no link that Linux could make.
            let target = try repository.withBlob(file.blob, byteLimit: Int(PATH_MAX)) { Array($0) }
            try directory.writeLink(name, target: target)
            entry.byteCount = target.count
            manifest.files.append(entry)
            return
        }
        let mode: mode_t = file.mode == TreeEntry.executableMode ? 0o755 : 0o644
        let rules = try conversion.rules(for: file.path)
        if rules.filter != nil { manifest.unfiltered.append(file.path) }
        entry.byteCount = try repository.withBlob(file.blob) { bytes throws(GitError) in
            guard !rules.isIdentity,
                let converted = ContentConversion.worktreeContent(
                    of: Array(bytes), blob: file.blob, rules: rules)
            else {
                try directory.writeFile(name, bytes, mode: mode)
                return bytes.count
            }
            try directory.writeFile(name, converted, mode: mode)
            entry.content = try ObjectID(hashing: converted)
            return converted.count
        }
        manifest.files.append(entry)
    }
}
