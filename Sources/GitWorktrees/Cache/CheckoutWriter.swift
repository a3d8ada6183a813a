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

    /// What a worker takes at a time: enough neighbours that deltas in a pack find their bases at hand.
    private static let filesAtATime = 256

    private struct Progress {
        var next = 0
        var written: [Written] = []
        var failure: GitError?
    }

    /// What is known of a file of the plan only when it is written.
    private struct Written {
        var index: Int
        var byteCount: Int
        /// Where the content was converted.
        var content: ObjectID?
        var isUnfiltered = false
    }

    /// - Returns: the manifest, ordered by path.
    func write() throws(GitError) -> TreeManifest {
        try makeDirectories()
        let files = plan.filesByPath
        let progress = Mutex(Progress())
        // Starting a worker opens the repository again: few files are not worth a second one.
        let processors = max(1, sysconf(CInt(_SC_NPROCESSORS_ONLN)))
        let workers = min(processors, 8, files.count / 200 + 1)
        DispatchQueue.concurrentPerform(iterations: workers) { _ in
            do throws(GitError) {
                try work(files, progress)
            } catch {
                progress.withLock { $0.failure = $0.failure ?? error }
            }
        }
        let result = progress.withLock { $0 }
        if let failure = result.failure { throw failure }
        var manifest = TreeManifest()
        manifest.files = files.map {
            .init(path: $0.path, mode: $0.mode, blob: $0.blob, content: $0.blob, byteCount: 0)
        }
        for written in result.written {
            manifest.files[written.index].byteCount = written.byteCount
            if let content = written.content { manifest.files[written.index].content = content }
            if written.isUnfiltered { manifest.unfiltered.append(files[written.index].path) }
        }
        manifest.unfiltered.sort { $0.lexicographicallyPrecedes($1) }
        manifest.submodules = plan.submodules
        return manifest
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
        _ files: [CheckoutPlan.File], _ progress: borrowing Mutex<Progress>
    ) throws(GitError) {
        let repository = try RepositoryHandle(
            at: commonDirectory, quarantine: quarantine, trust: .namedByOperator)
        var conversion = try ContentConversion(objects: repository.objects)
        for file in plan.attributeFiles { try conversion.setAttributes(file.path, to: file.blob) }
        let root = try DirectoryHandle(destination)
        var written: [Written] = []
        var store = 0
        while true {
            let next = progress.withLock { state -> Range<Int>? in
                guard state.failure == nil, state.next < files.count else { return nil }
                let start = state.next
                state.next = min(start + Self.filesAtATime, files.count)
                return start..<state.next
            }
            guard var rest = next else { break }
            while let first = rest.first {
                let parent = CheckoutPlan.parent(of: files[first].path)
                let directory = try root.descendant(parent)
                let end = rest.first { !Self.lies(files[$0].path, in: parent) } ?? rest.upperBound
                for index in first..<end {
                    let file = files[index]
                    let name = Array(file.path[(parent.isEmpty ? 0 : parent.count + 1)...])
                    written.append(
                        try write(
                            file, index, name, into: directory, repository, conversion, &store))
                }
                rest = end..<rest.upperBound
            }
        }
        progress.withLock { $0.written += written }
    }

    /// Whether a path names something in a directory itself, not further down.
    private static func lies(_ path: [UInt8], in directory: [UInt8]) -> Bool {
        let slash = UInt8(ascii: "/")
        if directory.isEmpty { return !path.contains(slash) }
        return path.count > directory.count && path[directory.count] == slash
            && path.starts(with: directory) && !path[(directory.count + 1)...].contains(slash)
    }

    private func write(
        _ file: CheckoutPlan.File, _ index: Int, _ name: [UInt8],
        into directory: borrowing DirectoryHandle, _ repository: borrowing RepositoryHandle,
        _ conversion: borrowing ContentConversion, _ store: inout Int
    ) throws(GitError) -> Written {
        var written = Written(index: index, byteCount: 0)
        if file.mode == TreeEntry.linkMode {
            // Longer than PATH_MAX is no link that Linux could make.
            let target = try repository.withBlob(file.blob, byteLimit: Int(PATH_MAX)) { Array($0) }
            try directory.writeLink(name, target: target)
            written.byteCount = target.count
            return written
        }
        let mode: mode_t = file.mode == TreeEntry.executableMode ? 0o755 : 0o644
        let rules = try conversion.rules(for: file.path)
        written.isUnfiltered = rules.filter != nil
        try repository.withBlob(file.blob, store: &store) { bytes throws(GitError) in
            guard !rules.isIdentity,
                let converted = ContentConversion.worktreeContent(
                    of: Array(bytes), blob: file.blob, rules: rules)
            else {
                try directory.writeFile(name, bytes, mode: mode)
                written.byteCount = bytes.count
                return
            }
            try directory.writeFile(name, converted, mode: mode)
            written.content = try ObjectID(hashing: converted)
            written.byteCount = converted.count
        }
        return written
    }
}
