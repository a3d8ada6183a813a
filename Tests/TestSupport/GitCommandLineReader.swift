import Foundation
package import RunModel

/// The git ports by way of the git command: slow, and only for tests of what is above the ports.
package struct GitCommandLineReader: TreeReader, HistoryReader {
    private let git: GitCommandLine

    package init(_ git: GitCommandLine) { self.git = git }

    package func files(inTree tree: String) async throws -> [TreeFile] {
        try records(["ls-tree", "-r", "-z", tree]).map { record in
            let parts = record.split(separator: "\t", maxSplits: 1)
            let fields = parts[0].split(separator: " ")
            return TreeFile(
                path: String(parts[1]), blob: String(fields[2]),
                mode: UInt32(fields[0], radix: 8) ?? 0)
        }
    }

    package func file(at path: String, inTree tree: String) async throws -> TreeFile? {
        try await files(inTree: tree).file(at: path)
    }

    package func entryNames(
        inDirectory directory: String, ofTree tree: String
    ) async throws -> [String] {
        try await files(inTree: tree).entryNames(inDirectory: directory)
    }

    package func blob(_ id: String, byteLimit: Int) async throws -> [UInt8] {
        let content = try git.run(["cat-file", "blob", id])
        guard content.count <= byteLimit else {
            throw PortError(
                operation: "reading", subject: "blob \(id)",
                reason: "it is larger than \(byteLimit) bytes", remedy: "")
        }
        return content
    }

    package func difference(from base: String, to head: String) async throws -> [FileDifference] {
        var fields = try records([
            "diff-tree", "-r", "-M", "-z", "--raw", "--full-index", base, head,
        ])[...]
        var differences: [FileDifference] = []
        while let line = fields.popFirst() {
            let parts = line.dropFirst().split(separator: " ")
            let status = parts[4].first ?? "M"
            let path = fields.popFirst() ?? ""
            let newPath = status == "R" || status == "C" ? (fields.popFirst() ?? "") : path
            let old = TreeFile(
                path: path, blob: String(parts[2]), mode: UInt32(parts[0], radix: 8) ?? 0)
            let new = TreeFile(
                path: newPath, blob: String(parts[3]), mode: UInt32(parts[1], radix: 8) ?? 0)
            let kinds: [Character: FileDifferenceKind] = [
                "A": .added, "D": .deleted, "M": .modified, "R": .renamed, "C": .copied,
                "T": .typeChanged,
            ]
            differences.append(
                FileDifference(
                    kind: kinds[status] ?? .modified, old: status == "A" ? nil : old,
                    new: status == "D" ? nil : new))
        }
        return differences
    }

    package func writeTree(base: String, edits: [TreeEdit]) async throws -> String {
        let index = git.directory + "/.git/test-index-" + UUID().uuidString
        defer { try? FileManager.default.removeItem(atPath: index) }
        let environment = ["GIT_INDEX_FILE": index]
        try git.run(["read-tree", base], environment: environment)
        var lines = ""
        for edit in edits {
            guard let content = edit.content else {
                lines += "0 \(String(repeating: "0", count: 40))\t\(edit.path)\n"
                continue
            }
            let blob = String(
                decoding: try git.run(["hash-object", "-w", "--stdin"], input: content),
                as: UTF8.self
            ).trimmingCharacters(in: .newlines)
            lines += "\(String(edit.mode, radix: 8)) \(blob)\t\(edit.path)\n"
        }
        try git.run(
            ["update-index", "--add", "--index-info"], input: Array(lines.utf8),
            environment: environment)
        return String(
            decoding: try git.run(["write-tree"], environment: environment), as: UTF8.self
        ).trimmingCharacters(in: .newlines)
    }

    package func resolve(_ revision: String) async throws -> String {
        try git.text(["rev-parse", "--verify", "--end-of-options", "\(revision)^{commit}"])
    }

    package func tree(ofCommit commit: String) async throws -> String {
        try git.text(["rev-parse", "\(commit)^{tree}"])
    }

    package func parents(ofCommit commit: String) async throws -> [String] {
        try git.text(["show", "-s", "--format=%P", commit]).split(separator: " ").map(String.init)
    }

    package func firstParentChain(from good: String, to bad: String) async throws -> [String] {
        try git.text(["rev-list", "--first-parent", "--reverse", bad, "^\(good)"])
            .split(separator: "\n").map(String.init)
    }

    package func commits(from good: String, to bad: String) async throws -> [String] {
        try git.text(["rev-list", "--topo-order", "--reverse", bad, "^\(good)"])
            .split(separator: "\n").map(String.init)
    }

    package func commit(_ id: String) async throws -> CommitSummary {
        let text = try git.text(["show", "-s", "--format=%H%n%T%n%P%n%an <%ae>%n%ct%n%B", id])
        let lines = text.split(
            separator: "\n", maxSplits: 5, omittingEmptySubsequences: false
        ).map(String.init)
        return CommitSummary(
            id: lines[0], tree: lines[1], parents: lines[2].split(separator: " ").map(String.init),
            author: lines[3], timeSeconds: Int64(lines[4]) ?? 0,
            message: lines.count > 5 ? lines[5] : "")
    }

    private func records(_ arguments: [String]) throws -> [String] {
        try git.run(arguments).split(separator: 0).map { String(decoding: $0, as: UTF8.self) }
    }
}
