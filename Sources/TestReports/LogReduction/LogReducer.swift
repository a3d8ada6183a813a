/// Reduces a CI log of any size to its failing step, command, tests, first cause and surroundings,
/// in one pass and bounded memory.
package struct LogReducer {
    private var scanner = LogLineScanner(SignatureTable.shared.matcher)
    private var state: LogState

    /// - Parameter green: what up to the last ten green logs of the same job taught.
    package init(green: LogTemplates = LogTemplates()) {
        state = LogState(green: green)
    }

    package mutating func consume(_ chunk: Span<UInt8>) {
        state.bytes += chunk.count
        scanner.consume(chunk, &state)
    }

    package mutating func finish() -> LogSummary {
        scanner.finish(&state)
        return state.summary()
    }

    /// Reduces a log that is in memory.
    package static func reduce(_ log: [UInt8], green: LogTemplates = LogTemplates()) -> LogSummary {
        var reducer = LogReducer(green: green)
        reducer.consume(log.span)
        return reducer.finish()
    }
}

/// What is remembered of a log while it passes.
struct LogState: LogLineHandler {
    private static let linesBefore = 4
    private static let linesAfter = 6
    private static let tailLines = 20
    private static let mostNovel = 200
    private static let mostTests = 1000

    var bytes = 0
    private let green: LogTemplates
    private var number = 0
    private var step = LogStep(name: nil)
    /// The last step before this one that ran commands.
    private var script: LogStep?
    /// The first step that failed.
    private var failedStep: LogStep?
    /// Suspicious lines of all steps, for logs that mark none as failed.
    private var everywhere = LogCandidates()
    private var recent = RecentLines(capacity: LogState.tailLines)
    /// How often a line with its variable parts masked was taken for a candidate.
    private var repeats: [UInt64: Int] = [:]
    private var novel: [LogLine] = []
    private var content: [UInt8] = []
    private var tokens: [UInt64] = []

    init(green: LogTemplates) {
        self.green = green
    }

    mutating func line(_ line: Span<UInt8>, isNotable: Bool) {
        number += 1
        recent.add(line, number: number)
        let isNeeded =
            isNotable || !green.isEmpty || everywhere.wantsLines || step.candidates.wantsLines
            || mayBeCommand(line)
        guard isNeeded else { return }
        content.removeAll(keepingCapacity: true)
        LogLineCleaner.clean(line, into: &content)
        if everywhere.wantsLines || step.candidates.wantsLines {
            let shown = LogLine(number: number, text: shown(content))
            everywhere.follow(shown)
            step.candidates.follow(shown)
        }
        let match = isNotable ? SignatureTable.shared.match(content.span) : SignatureTable.Match()
        let isNovel = judge(match)
        if isNotable || mayBeCommand(line) {
            let text = shown(content)
            for event in LogEvent.read(raw: line, text: text, isNotable: isNotable) { apply(event) }
            if let best = match.best { suspect(best, text, isNovel: isNovel) }
        }
    }

    /// Whether the line is unlike all in the green logs.
    private mutating func judge(_ match: SignatureTable.Match) -> Bool {
        guard match.best != nil || !green.isEmpty else { return true }
        let line = content
        let hash = LogTokens.hash(line.span, into: &tokens, most: 48)
        let isNovel = green.isEmpty || !green.knows(tokens, hash: hash, trouble: match.trouble)
        guard isNovel else { return false }
        if repeats.count < 200_000 { repeats[hash, default: 0] += 1 }
        lastHash = hash
        if !green.isEmpty, novel.count < Self.mostNovel, repeats[hash] == 1 {
            novel.append(LogLine(number: number, text: shown(content)))
        }
        return true
    }

    private var lastHash: UInt64 = 0

    private mutating func suspect(_ signature: LogSignature, _ text: String, isNovel: Bool) {
        if step.tests.count < Self.mostTests, let test = LogTestNames.name(in: text) {
            step.tests.append(test)
        }
        // A line that was green before explains nothing, and one that repeats says it once.
        guard isNovel, repeats[lastHash] ?? 0 <= 3 else { return }
        let candidate = LogCandidate(
            number: number, text: text, weight: signature.weight, failure: signature.failure,
            isNovel: !green.isEmpty,
            window: recent.lines(before: number, count: Self.linesBefore)
                + [LogLine(number: number, text: text)])
        step.candidates.add(candidate, linesAfter: Self.linesAfter)
        everywhere.add(candidate, linesAfter: Self.linesAfter)
    }

    private mutating func apply(_ event: LogEvent) {
        switch event {
        case .step(let name):
            if step.command != nil {
                step.tail = recent.lines(before: number, count: Self.tailLines)
                script = step
            }
            step = LogStep(name: name)
        case .command(let command):
            step.command = command
        case .failed(let exitCode):
            guard failedStep == nil else { return }
            step.tail = recent.lines(before: number + 1, count: Self.tailLines)
            // GitLab reports the failure behind the sections that clean up.
            var failed = step.command == nil ? script ?? step : step
            failed.exitCode = exitCode
            failedStep = failed
        }
    }

    /// `$ ` or `+ ` behind a time stamp: no signature, but worth a look.
    private func mayBeCommand(_ line: Span<UInt8>) -> Bool {
        var start = LogLineCleaner.contentStart(line)
        // GitLab colours its commands.
        while start < line.count, line[start] == 0x1B {
            while start < line.count, line[start] != UInt8(ascii: "m") { start += 1 }
            start += 1
        }
        guard start + 1 < line.count, line[start + 1] == 0x20 else { return false }
        return line[start] == UInt8(ascii: "$") || line[start] == UInt8(ascii: "+")
    }

    private func shown(_ content: [UInt8]) -> String {
        String(decoding: content.prefix(2000), as: UTF8.self)
    }

    // MARK: Summary

    mutating func summary() -> LogSummary {
        var found = failedStep ?? step
        if failedStep == nil {
            found.candidates = everywhere
            found.tail = recent.lines(before: number + 1, count: Self.tailLines)
        } else if found.candidates.all.isEmpty {
            // The step that is marked may only say that another one failed.
            found.candidates = everywhere
        }
        let (failure, cause) = found.candidates.verdict
        var seen: Set<String> = []
        return LogSummary(
            failure: failure, step: found.name, command: found.command, exitCode: found.exitCode,
            tests: found.tests.filter { seen.insert($0).inserted },
            cause: cause.map { LogLine(number: $0.number, text: $0.text) },
            excerpt: LogExcerpt.make(found.candidates.all, cause: cause, tail: found.tail),
            novel: novel, lines: number, bytes: bytes)
    }
}

/// One step of a job.
struct LogStep {
    var name: String?
    var command: String?
    var exitCode: Int?
    var tests: [String] = []
    var candidates = LogCandidates()
    /// Its last lines.
    var tail: [LogLine] = []

    init(name: String?) {
        self.name = name
    }
}
