internal import SourceSyntax

/// A rule that objects to certain kinds of change to tests.
protocol TestChangeRule: Rule {
    /// What is said of a change; `nil` for one that it does not mind.
    func objection(to change: TestChange) -> TestObjection?
    /// What is said of a file that is known by its words only.
    func objection(to words: WordComparison) -> TestObjection?
}

/// One finding before it has a place.
struct TestObjection {
    var message: String
    var evidence: String?
    var certainty: FindingCertainty = .certain
    var line: Int?
}

extension TestChangeRule {
    func objection(to words: WordComparison) -> TestObjection? { nil }

    package func evaluate(
        _ change: ChangeSetView, into findings: inout FindingCollector
    ) async throws {
        reportTests(change, into: &findings)
    }

    /// What the rule objects to in the tests themselves.
    func reportTests(_ change: ChangeSetView, into findings: inout FindingCollector) {
        let analysis = TestAnalysis.of(change)
        for entry in analysis.changes {
            guard let objection = objection(to: entry) else { continue }
            if let head = entry.head, let file = change.changedFile(at: head.path, on: .head) {
                findings.add(
                    file, at: .line(objection.line ?? entry.line, .head), objection.message,
                    evidence: objection.evidence, certainty: objection.certainty)
            } else if let base = entry.base, let file = change.changedFile(at: base.path, on: .base)
            {
                findings.add(
                    file, at: .line(base.line, .base), objection.message,
                    evidence: objection.evidence, certainty: objection.certainty)
            }
        }
        for words in analysis.byWords {
            guard let objection = objection(to: words),
                let file = change.changedFile(at: words.path, on: words.isDeleted ? .base : .head)
            else { continue }
            findings.add(
                file, at: objection.line.map { .line($0, .head) } ?? .wholeFile,
                "\(objection.message) (judged by words: \(words.reason))",
                evidence: objection.evidence, certainty: objection.certainty)
        }
    }
}
