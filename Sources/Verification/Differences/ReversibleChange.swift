package import RunModel

/// The difference between two trees as units, each of which can be taken back on its own: the
/// hunks of modified text files, and whole files where there are no hunks (added, deleted, binary,
/// mode or type changed). A renamed file is one that was deleted and one that was added, as
/// `git diff --no-renames` has it.
package struct ReversibleChange: Sendable {
    /// The tree with the change in it.
    package let head: String
    package let units: [Unit]
    private let files: [File]

    package struct Unit: Sendable, Equatable {
        package var hunk: TriageReport.Hunk
        /// Index of the unit's file, the same for all units of one file.
        package var file: Int
        fileprivate var hunkIndex: Int
    }

    private struct File: Sendable {
        var path: String
        var mode: UInt32
        var hunks: TextHunks?
        /// For whole files: what takes the change back.
        var reversal: [TreeEdit]
    }

    /// Files above this size are whole units: their hunks would not be read by anyone.
    private static let hunkByteLimit = 4 << 20
    /// Larger files cannot be put back, so they are no candidates.
    private static let fileByteLimit = 64 << 20

    /// - Parameter include: which paths are candidates.
    package init(
        from base: String, to head: String, reader: any TreeReader,
        include: (String) -> Bool = { _ in true }
    ) async throws {
        self.head = head
        var files: [File] = []
        var units: [Unit] = []
        for difference in Self.withoutRenames(try await reader.difference(from: base, to: head))
        where include(difference.path) {
            let file = try await Self.file(difference, reader: reader)
            if let hunks = file.hunks {
                for index in 0..<hunks.count {
                    units.append(
                        Unit(
                            hunk: hunks.hunk(index, path: file.path), file: files.count,
                            hunkIndex: index))
                }
            } else {
                let hunk = TriageReport.Hunk(
                    path: file.path, header: Self.header(difference), lines: [])
                units.append(Unit(hunk: hunk, file: files.count, hunkIndex: 0))
            }
            files.append(file)
        }
        self.files = files
        self.units = units
    }

    /// The edits that take the given units (indices into `units`) back on `head`.
    package func edits(reverting chosen: Set<Int>) -> [TreeEdit] {
        var hunksOfFile: [Int: Set<Int>] = [:]
        for index in chosen {
            hunksOfFile[units[index].file, default: []].insert(units[index].hunkIndex)
        }
        return hunksOfFile.sorted { $0.key < $1.key }.flatMap { index, hunks -> [TreeEdit] in
            let file = files[index]
            guard let text = file.hunks else { return file.reversal }
            return [
                TreeEdit(path: file.path, content: text.text(reverting: hunks), mode: file.mode)
            ]
        }
    }

    private static func withoutRenames(_ differences: [FileDifference]) -> [FileDifference] {
        differences.flatMap { difference -> [FileDifference] in
            switch difference.kind {
            case .renamed:
                [
                    FileDifference(kind: .deleted, old: difference.old, new: nil),
                    FileDifference(kind: .added, old: nil, new: difference.new),
                ]
            case .copied: [FileDifference(kind: .added, old: nil, new: difference.new)]
            case .added, .deleted, .modified, .typeChanged: [difference]
            }
        }.sorted { $0.path.utf8.lexicographicallyPrecedes($1.path.utf8) }
    }

    private static func file(
        _ difference: FileDifference, reader: any TreeReader
    ) async throws -> File {
        let mode = difference.new?.mode ?? difference.old?.mode ?? 0o100644
        var reversal: [TreeEdit] = []
        if let new = difference.new, new.path != difference.old?.path {
            reversal.append(TreeEdit(path: new.path, content: nil, mode: new.mode))
        }
        var oldContent: [UInt8]?
        if let old = difference.old, old.mode != 0o160000 {
            let content = try await reader.blob(old.blob, byteLimit: fileByteLimit)
            reversal.append(TreeEdit(path: old.path, content: content, mode: old.mode))
            oldContent = content
        }
        if let old = difference.old, let new = difference.new, difference.kind == .modified,
            old.mode == new.mode, old.mode != 0o160000, let oldContent,
            oldContent.count <= hunkByteLimit
        {
            let newContent = try await reader.blob(new.blob, byteLimit: fileByteLimit)
            if newContent.count <= hunkByteLimit, isText(oldContent), isText(newContent) {
                return File(
                    path: new.path, mode: mode, hunks: TextHunks(old: oldContent, new: newContent),
                    reversal: reversal)
            }
        }
        return File(path: difference.path, mode: mode, hunks: nil, reversal: reversal)
    }

    /// As git decides it: no zero byte among the first 8,000.
    private static func isText(_ content: [UInt8]) -> Bool { !content.prefix(8_000).contains(0) }

    private static func header(_ difference: FileDifference) -> String {
        switch difference.kind {
        case .added, .copied: "new file"
        case .deleted: "deleted file"
        case .renamed: "renamed from \(difference.old?.path ?? "")"
        case .typeChanged: "type changed"
        case .modified:
            difference.old?.mode == difference.new?.mode ? "binary file" : "mode changed"
        }
    }
}
