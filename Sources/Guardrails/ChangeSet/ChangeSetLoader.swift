internal import RunModel
internal import Synchronization

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
        let ordered = differences.sorted(by: Self.byPath)
        let budget = ByteBudget(limits.totalBytes)
        var parts = [Part?](repeating: nil, count: ordered.count)
        try await withThrowingTaskGroup(of: (Int, Part).self) { group in
            for (index, difference) in ordered.enumerated() {
                if index >= Self.filesAhead, let (done, part) = try await group.next() {
                    parts[done] = part
                }
                group.addTask { (index, try await read(difference, budget)) }
            }
            for try await (done, part) in group { parts[done] = part }
        }
        var loaded = Loaded()
        loaded.files.reserveCapacity(parts.count)
        for case let part? in parts {
            loaded.files.append(part.file)
            loaded.exceeded += part.exceeded
        }
        return loaded
    }

    /// Files that are read and compared at a time: the repository gives one after the other, and
    /// need not wait for what is done with them.
    private static let filesAhead = 6

    private struct Part: Sendable {
        var file: ChangedFile
        var exceeded: [GateLimitReached]
    }

    private func read(_ difference: FileDifference, _ budget: ByteBudget) async throws -> Part {
        try deadline.check()
        let base = try await content(of: difference.old, budget)
        let head =
            difference.old?.blob == difference.new?.blob && difference.old != nil
                && difference.old?.mode != FileMode.submodule
            ? base : try await content(of: difference.new, budget)
        var exceeded: [GateLimitReached] = []
        for case .unread(let size) in [base, head] {
            exceeded.append(
                GateLimitReached(
                    reason: "\(size) bytes in one file, \(limits.fileBytes) are read",
                    path: difference.path))
        }
        return Part(
            file: ChangedFile(difference: difference, base: base, head: head), exceeded: exceeded)
    }

    private static func byPath(_ left: FileDifference, _ right: FileDifference) -> Bool {
        left.path.utf8.lexicographicallyPrecedes(right.path.utf8)
    }

    private func content(of file: TreeFile?, _ budget: ByteBudget) async throws -> FileContent {
        guard let file else { return .absent }
        if file.mode == FileMode.submodule { return .submodule(commit: file.blob) }
        do {
            let bytes = try await reader.blob(file.blob, byteLimit: limits.fileBytes)
            try budget.take(bytes.count)
            return .text(FileText(bytes))
        } catch let error as BlobTooLarge {
            return .unread(sizeBytes: error.sizeBytes)
        }
    }
}

/// What all files together may still have.
private final class ByteBudget: Sendable {
    private let limit: Int
    private let taken = Mutex(0)

    init(_ limit: Int) { self.limit = limit }

    func take(_ count: Int) throws(GateLimitReached) {
        let whole = taken.withLock { taken in
            taken += count
            return taken
        }
        guard whole <= limit else {
            throw GateLimitReached(reason: "more than \(limit) bytes in the changed files")
        }
    }
}
