internal import RunModel

/// A rule that a policy brings: patterns on changed lines of some paths, queries on their syntax,
/// or bounds on their size.
package struct CustomRule: Rule {
    package var metadata: RuleMetadata
    package var examples: [RuleExample]
    package var patterns: [ContentPattern]
    package var paths: [PathGlob]
    /// Any change to `paths` is a finding.
    package var forbidsChange: Bool
    /// More added lines than this in one file of `paths` are a finding.
    package var linesAddedLimit: Int?
    /// More removed lines than this in one file of `paths` are a finding.
    package var linesRemovedLimit: Int?
    /// A larger head version of a file of `paths` is a finding.
    package var fileBytesLimit: Int?
    var queries: [CustomQuery]

    package func evaluate(
        _ change: ChangeSetView, into findings: inout FindingCollector
    ) async throws {
        for match in change.matches(of: metadata.id) where covers(match.file) {
            findings.add(match.file, at: .line(match.line, match.side), metadata.title)
        }
        for file in change.files where covers(file) {
            if forbidsChange { findings.add(file, at: .wholeFile, metadata.title) }
            if let linesAddedLimit, file.addedLineCount > linesAddedLimit {
                findings.add(
                    file, at: .wholeFile,
                    "\(metadata.title): \(file.addedLineCount) lines added, \(linesAddedLimit) allowed"
                )
            }
            if let linesRemovedLimit, file.removedLineCount > linesRemovedLimit {
                findings.add(
                    file, at: .wholeFile,
                    "\(metadata.title): \(file.removedLineCount) lines removed, \(linesRemovedLimit) allowed"
                )
            }
            if let fileBytesLimit, let count = file.head.text?.bytes.count, count > fileBytesLimit {
                findings.add(
                    file, at: .wholeFile,
                    "\(metadata.title): \(count) bytes, \(fileBytesLimit) allowed")
            }
        }
        for query in queries { evaluate(query, over: change, into: &findings) }
    }

    func covers(_ file: ChangedFile) -> Bool {
        paths.isEmpty
            || [file.new?.path, file.old?.path].contains { path in
                path.map { path in paths.contains { $0.matches(path) } } ?? false
            }
    }
}
