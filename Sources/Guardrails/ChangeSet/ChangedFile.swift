package import RunModel

/// Which of the two trees.
package enum TreeSide: Sendable, Hashable {
    case base, head
}

/// What could be read of one version of a file.
package enum FileContent: Sendable {
    /// The side has no such file.
    case absent
    case text(FileText)
    /// A submodule: the commit it points to.
    case submodule(commit: String)
    /// Larger than the gate reads; the engine itself turns this into a block.
    case unread(sizeBytes: Int)

    package var text: FileText? {
        if case .text(let text) = self { text } else { nil }
    }
}

/// One file that differs between base and head, with its content and its changed lines.
///
/// A symbolic link's content is its target.
package struct ChangedFile: Sendable {
    package let kind: FileDifferenceKind
    package let old: TreeFile?
    package let new: TreeFile?
    package let base: FileContent
    package let head: FileContent
    /// What differs, ordered by line.
    package let hunks: [LineHunk]
    package let traits: PathTraits

    package init(difference: FileDifference, base: FileContent, head: FileContent) {
        kind = difference.kind
        old = difference.old
        new = difference.new
        self.base = base
        self.head = head
        hunks = LineDifference.hunks(from: base.text, to: head.text)
        traits = PathTraits(path: difference.path)
    }

    /// The path in the head, or in the base where the head has none.
    package var path: String { new?.path ?? old?.path ?? "" }

    /// The path by which baselines know the file: the one it had before a rename.
    package var identityPath: String {
        (kind == .renamed ? old?.path : nil) ?? path
    }

    package var isSymbolicLink: Bool { new?.mode == FileMode.symbolicLink }

    /// Lines of the head that the base does not have, ascending.
    package var addedLines: [Int] { hunks.flatMap(\.head) }
    /// Lines of the base that the head does not have, ascending.
    package var removedLines: [Int] { hunks.flatMap(\.base) }
    package var addedLineCount: Int { hunks.reduce(0) { $0 + $1.head.count } }
    package var removedLineCount: Int { hunks.reduce(0) { $0 + $1.base.count } }

    package func content(on side: TreeSide) -> FileContent { side == .base ? base : head }
    package func text(on side: TreeSide) -> FileText? { content(on: side).text }
    package func file(on side: TreeSide) -> TreeFile? { side == .base ? old : new }

    /// Where a base line would stand in the head: itself shifted, or the line where its hunk begins.
    package func headLine(forBaseLine line: Int) -> Int {
        var shift = 0
        for hunk in hunks {
            if line < hunk.base.lowerBound { break }
            if line < hunk.base.upperBound { return max(1, hunk.head.lowerBound) }
            shift = hunk.head.upperBound - hunk.base.upperBound
        }
        return max(1, line + shift)
    }

    /// The hunk that holds a line of a side.
    package func hunk(containing line: Int, on side: TreeSide) -> LineHunk? {
        var low = 0
        var high = hunks.count
        while low < high {
            let middle = (low + high) / 2
            let range = side == .base ? hunks[middle].base : hunks[middle].head
            if line < range.lowerBound {
                high = middle
            } else if line >= range.upperBound {
                low = middle + 1
            } else {
                return hunks[middle]
            }
        }
        return nil
    }
}

/// The modes that a git tree can hold.
package enum FileMode {
    package static let regular: UInt32 = 0o100644
    package static let executable: UInt32 = 0o100755
    package static let symbolicLink: UInt32 = 0o120000
    package static let submodule: UInt32 = 0o160000
}

extension ChangedFile {
    /// Pictures, fonts, sound and archives whose content is not text on either side, so that
    /// patterns for lines say nothing about them. A file that only calls itself so is not one.
    package var isMedia: Bool {
        guard Self.mediaExtensions.contains(PathName(path).fileExtension) else { return false }
        return [base.text, head.text].allSatisfy { $0?.isBinary ?? true }
    }

    private static let mediaExtensions: Set<String> = [
        "png", "jpg", "jpeg", "gif", "webp", "ico", "bmp", "tiff", "psd", "icns", "heic",
        "woff", "woff2", "ttf", "otf", "eot", "mp3", "mp4", "ogg", "wav", "webm", "mov", "avi",
        "pdf", "zip", "gz", "bz2", "xz", "zst", "7z", "tar", "tgz",
    ]
}
