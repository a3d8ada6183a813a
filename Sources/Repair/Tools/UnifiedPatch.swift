/// A unified diff as models write it: line numbers are hints, text must fit exactly.
struct UnifiedPatch {
    struct Hunk: Equatable {
        var oldStart: Int
        var old: [Substring] = []
        var new: [Substring] = []
    }

    struct File: Equatable {
        var path: String
        var isCreation = false
        var isDeletion = false
        var hunks: [Hunk] = []

        /// - Throws: `ToolRefusal` naming the hunk that does not fit.
        func applied(to text: String) throws -> String {
            var lines = text.split(separator: "\n", omittingEmptySubsequences: false)
            // The text after the last line break is no line.
            let endsWithBreak = lines.last?.isEmpty ?? true
            if endsWithBreak, !lines.isEmpty { lines.removeLast() }
            var shift = 0
            for (number, hunk) in hunks.enumerated() {
                let wanted = max(0, hunk.oldStart - 1 + shift)
                guard let start = Self.place(of: hunk.old, in: lines, near: wanted) else {
                    throw ToolRefusal(
                        "hunk \(number + 1) does not fit \(path): its context does not stand "
                            + "there exactly; `read` the file")
                }
                lines.replaceSubrange(start..<(start + hunk.old.count), with: hunk.new)
                shift += hunk.new.count - hunk.old.count
            }
            return lines.isEmpty
                ? "" : lines.joined(separator: "\n") + (endsWithBreak ? "\n" : "")
        }

        private static func place(
            of old: [Substring], in lines: [Substring], near wanted: Int
        ) -> Int? {
            guard old.count <= lines.count else { return nil }
            guard !old.isEmpty else { return min(wanted, lines.count) }
            let places = (0...(lines.count - old.count)).filter { start in
                old.indices.allSatisfy { lines[start + $0] == old[$0] }
            }
            return places.min { abs($0 - wanted) < abs($1 - wanted) }
        }
    }

    /// - Throws: `ToolRefusal` for what is no unified diff.
    static func files(in patch: String) throws -> [File] {
        var files: [File] = []
        var oldPath = ""
        for line in patch.split(separator: "\n", omittingEmptySubsequences: false) {
            let inHunk = !(files.last?.hunks.isEmpty ?? true)
            if line.hasPrefix("--- ") {
                oldPath = path(line)
            } else if line.hasPrefix("+++ ") {
                let new = path(line)
                guard oldPath != "/dev/null" || new != "/dev/null" else {
                    throw ToolRefusal("a file is named /dev/null on both sides")
                }
                files.append(
                    File(
                        path: new == "/dev/null" ? oldPath : new,
                        isCreation: oldPath == "/dev/null", isDeletion: new == "/dev/null"))
            } else if line.hasPrefix("@@") {
                guard !files.isEmpty else { throw ToolRefusal("a hunk comes before its file") }
                let start = line.split(whereSeparator: { !$0.isNumber }).first.flatMap { Int($0) }
                files[files.count - 1].hunks.append(Hunk(oldStart: start ?? 1))
            } else if inHunk {
                let last = files.count - 1
                let hunk = files[last].hunks.count - 1
                switch line.first {
                case "-": files[last].hunks[hunk].old.append(line.dropFirst())
                case "+": files[last].hunks[hunk].new.append(line.dropFirst())
                case " ":
                    files[last].hunks[hunk].old.append(line.dropFirst())
                    files[last].hunks[hunk].new.append(line.dropFirst())
                default: continue
                }
            }
        }
        guard !files.isEmpty, files.allSatisfy({ $0.isDeletion || !$0.hunks.isEmpty }) else {
            throw ToolRefusal(
                "it is no unified diff: --- a/PATH, +++ b/PATH and @@ lines are needed")
        }
        return files
    }

    private static func path(_ line: Substring) -> String {
        let text = line.dropFirst(4).prefix { $0 != "\t" }.trimmingSuffix {
            $0 == " " || $0 == "\r"
        }
        return String(text.hasPrefix("a/") || text.hasPrefix("b/") ? text.dropFirst(2) : text)
    }
}

extension Substring {
    fileprivate func trimmingSuffix(while isTrimmed: (Character) -> Bool) -> Substring {
        var result = self
        while let last = result.last, isTrimmed(last) { result.removeLast() }
        return result
    }
}
