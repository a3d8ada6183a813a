/// What CI systems write between the lines of a job.
enum LogMark: CaseIterable {
    case gitHubGroup, gitHubEndGroup, gitHubError, gitHubCommand, gitLabStart, gitLabEnd,
        gitLabFailed
    case exitCode

    /// In lower case, as the automaton wants it.
    var text: String {
        switch self {
        case .gitHubGroup: "##[group]"
        case .gitHubEndGroup: "##[endgroup]"
        case .gitHubError: "##[error]"
        case .gitHubCommand: "[command]"
        case .gitLabStart: "section_start:"
        case .gitLabEnd: "section_end:"
        case .gitLabFailed: "error: job failed"
        case .exitCode: "exit code"
        }
    }
}

/// A line that says something about the job's structure.
enum LogEvent: Equatable {
    /// A step begins; its name, or for `run` steps their first command.
    case step(String)
    case command(String)
    /// The step that is going on failed.
    case failed(exitCode: Int?)

    /// - Parameters:
    ///   - raw: the whole line, in which GitLab hides its sections behind carriage returns.
    ///   - text: the cleaned line.
    static func read(raw: Span<UInt8>, text: String, isNotable: Bool) -> [LogEvent] {
        guard isNotable else { return shellCommand(text).map { [$0] } ?? [] }
        var events: [LogEvent] = []
        let whole = isSection(raw) ? XMLText.string(raw) : ""
        if let start = whole.lastRange(of: "section_start:") {
            let name = whole[start.upperBound...].drop { $0 != ":" }.dropFirst()
            events.append(.step(String(name.prefix { $0 != "\r" && $0 != "[" && $0 != "\u{1B}" })))
        }
        if let rest = text.after("##[group]") {
            // `Run npm test`; groups that commands print have other names.
            if let run = rest.after("Run ") {
                events += [.step(String(rest)), .command(String(run))]
            }
        } else if let rest = text.after("##[error]") {
            if rest.hasPrefix("Process completed with exit code") {
                events.append(.failed(exitCode: lastNumber(rest)))
            } else if rest.hasPrefix("The operation was canceled") {
                events.append(.failed(exitCode: nil))
            }
        } else if let rest = text.after("[command]") {
            events.append(.command(String(rest)))
        } else if text.hasPrefix("ERROR: Job failed") {
            events.append(.failed(exitCode: lastNumber(text[...])))
        } else if let command = shellCommand(text) {
            events.append(command)
        }
        return events
    }

    private static func isSection(_ raw: Span<UInt8>) -> Bool {
        for index in 0..<min(raw.count, 200) where raw[index] == UInt8(ascii: "s") {
            if raw.count - index > 14, raw[index + 7] == UInt8(ascii: "_") { return true }
        }
        return false
    }

    /// `$ npm test` of GitLab, `+ npm test` of a tracing shell, `> jest` of npm.
    private static func shellCommand(_ text: String) -> LogEvent? {
        for prefix in ["$ ", "+ "] {
            if let rest = text.after(prefix), let first = rest.first,
                first.isLetter || "./".contains(first)
            {
                return .command(rest.trimmedSpace)
            }
        }
        return nil
    }

    private static func lastNumber(_ text: Substring) -> Int? {
        text.split { !$0.isNumber }.last.flatMap { Int($0) }
    }
}
