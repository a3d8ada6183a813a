internal import RunModel

/// Reads what differs between two trees, within the gate's limits.
struct ChangeSetLoader {
    let reader: any TreeReader
    let limits: GateLimits
    let deadline: Deadline

    struct Loaded: Sendable {
        var files: [ChangedFile] = []
        /// Limits that single files exceeded; the others were read.
        var exceeded: [GateLimitReached] = []
    }

    func load(from base: String, to head: String) async throws -> Loaded {
        let differences = try await reader.difference(from: base, to: head)
        guard differences.count <= limits.files else {
            throw GateLimitReached(
                reason: "\(differences.count) changed files, at most \(limits.files) are judged")
        }
        var loaded = Loaded()
        loaded.files.reserveCapacity(differences.count)
        var remaining = limits.totalBytes
        for difference in differences.sorted(by: Self.byPath) {
            try deadline.check()
            let base = try await content(of: difference.old, remaining: &remaining)
            let head =
                difference.old?.blob == difference.new?.blob && difference.old != nil
                    && difference.old?.mode != FileMode.submodule
                ? base : try await content(of: difference.new, remaining: &remaining)
            for case .unread(let size) in [base, head] {
                loaded.exceeded.append(
                    GateLimitReached(
                        reason: "\(size) bytes in one file, \(limits.fileBytes) are read",
                        path: difference.path))
            }
            loaded.files.append(ChangedFile(difference: difference, base: base, head: head))
        }
        return loaded
    }

    private static func byPath(_ left: FileDifference, _ right: FileDifference) -> Bool {
        left.path.utf8.lexicographicallyPrecedes(right.path.utf8)
    }

    private func content(of file: TreeFile?, remaining: inout Int) async throws -> FileContent {
        guard let file else { return .absent }
        if file.mode == FileMode.submodule { return .submodule(commit: file.blob) }
        do {
            let bytes = try await reader.blob(file.blob, byteLimit: limits.fileBytes)
            remaining -= bytes.count
            guard remaining >= 0 else {
                throw GateLimitReached(
                    reason: "more than \(limits.totalBytes) bytes in the changed files")
            }
            return .text(FileText(bytes))
        } catch let error as BlobTooLarge {
            return .unread(sizeBytes: error.sizeBytes)
        }
    }
}
