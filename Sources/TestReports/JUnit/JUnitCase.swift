internal import RunModel

/// One `<testcase>` while its children are read.
struct JUnitCase {
    /// A child that says how an execution ended.
    private struct Ending {
        var status: TestStatus
        /// Surefire and nextest list executions that another one replaced.
        var isOtherAttempt = false
        /// Whether that other execution came before the one of the entry itself.
        var isEarlier = false
        var type: String?
        var message: String?
        var text: BoundedText
    }

    private let identifier: String
    private let file: String?
    private let milliseconds: Double?
    private let statusAttribute: String?
    private let textLimit: Int
    private var endings: [Ending] = []
    private var output: BoundedText
    private var score: Double?
    private var threshold: Double?
    /// Where text goes now.
    private var target: Target?

    private enum Target {
        case ending, output
    }

    init(
        _ tag: XMLTag, in bytes: Span<UInt8>, dialect: JUnitDialect, suites: [String],
        identity: inout JUnitIdentity, textLimit: Int
    ) {
        (identifier, file) = identity.identify(tag, in: bytes, suites: suites, dialect: dialect)
        milliseconds = tag.milliseconds(.time, in: bytes)
        statusAttribute = tag.string(.status, in: bytes)
        self.textLimit = textLimit
        output = BoundedText(limit: textLimit)
    }

    mutating func start(_ tag: XMLTag, in bytes: Span<UInt8>) {
        switch tag.name {
        case .failure: open(.failed, tag, bytes)
        case .error: open(.error, tag, bytes)
        case .skipped, .disabled: open(.skipped, tag, bytes)
        // The entry's own execution is the last one that passed; these came before it.
        case .flakyFailure: open(.failed, tag, bytes, isOther: true, isEarlier: true)
        case .flakyError: open(.error, tag, bytes, isOther: true, isEarlier: true)
        // The entry's own failure is the first; these are the reruns after it.
        case .rerunFailure: open(.failed, tag, bytes, isOther: true)
        case .rerunError: open(.error, tag, bytes, isOther: true)
        case .systemOut, .systemErr: target = .output
        case .property: property(tag, in: bytes)
        default: break
        }
    }

    private mutating func open(
        _ status: TestStatus, _ tag: XMLTag, _ bytes: Span<UInt8>, isOther: Bool = false,
        isEarlier: Bool = false
    ) {
        // More than a runner would ever retry is a hostile file: the first and the last stay.
        if endings.count >= 1000 { endings.removeLast() }
        endings.append(
            Ending(
                status: status, isOtherAttempt: isOther, isEarlier: isEarlier,
                type: tag.string(.type, in: bytes), message: tag.string(.message, in: bytes),
                text: BoundedText(limit: textLimit)))
        target = .ending
    }

    /// Evaluation suites report scores as properties.
    private mutating func property(_ tag: XMLTag, in bytes: Span<UInt8>) {
        guard let value = tag.string("value", in: bytes).flatMap({ LocaleNumber.parse($0) }) else {
            return
        }
        switch tag.string(.name, in: bytes) {
        case "score": score = value
        case "threshold": threshold = value
        default: break
        }
    }

    mutating func text(_ bytes: Span<UInt8>, isLiteral: Bool) {
        guard target != nil else { return }
        if isLiteral || !XMLText.hasReference(bytes) {
            keep(bytes)
        } else {
            var decoded: [UInt8] = []
            decoded.reserveCapacity(bytes.count)
            XMLText.append(bytes, to: &decoded)
            keep(decoded.span)
        }
    }

    private mutating func keep(_ content: Span<UInt8>) {
        switch target {
        case .ending: endings[endings.count - 1].text.append(content)
        case .output: output.append(content)
        case nil: break
        }
    }

    mutating func end(_ name: XMLName) {
        switch name {
        case .failure, .error, .skipped, .disabled, .flakyFailure, .flakyError,
            .rerunFailure, .rerunError, .systemOut, .systemErr:
            target = nil
        default: break
        }
    }

    // MARK: Result

    /// The execution that decides the entry, and those that came before it.
    mutating func results() -> (TestResult, earlier: [TestResult]) {
        // Nearly every entry of a real report.
        if endings.isEmpty, output.isEmpty {
            let passed = TestResult(
                id: identifier, file: file, status: statusWithoutChild,
                durationMilliseconds: milliseconds, score: score, threshold: threshold)
            return (passed, [])
        }
        guard endings.contains(where: \.isOtherAttempt) else { return (own(), []) }
        var all = endings.filter { $0.isOtherAttempt && $0.isEarlier }.map { result($0) }
        all.append(own())
        all += endings.filter { $0.isOtherAttempt && !$0.isEarlier }.map { result($0) }
        let last = all.removeLast()
        return (last, all)
    }

    private mutating func own() -> TestResult {
        var result = decisive.map { self.result($0) } ?? plain(statusWithoutChild)
        // Node marks a test that is to do as skipped, runs it, and is not red when it fails.
        if endings.contains(where: { $0.type == "todo" && $0.status == .skipped }) {
            result.status = result.status.isFailure ? .expectedFailure : .passed
        }
        if let captured = output.finish() {
            result.output = result.output.map { "\($0)\n\(captured)" } ?? captured
        }
        result.score = score
        result.threshold = threshold
        result.durationMilliseconds = milliseconds
        return result
    }

    /// An error weighs more than a failure, a failure more than a skip, wherever they stand.
    private var decisive: Ending? {
        guard !endings.isEmpty else { return nil }
        for status in [TestStatus.error, .failed, .skipped] {
            if let found = endings.first(where: { !$0.isOtherAttempt && $0.status == status }) {
                return found
            }
        }
        return nil
    }

    private func result(_ ending: Ending) -> TestResult {
        var text = ending.text
        let body = text.finish()?.trimmedSpace
        var result = plain(status(of: ending))
        let message = ending.message?.trimmedSpace ?? ""
        result.message = message.isEmpty ? firstCause(body) ?? ending.type : message
        // Converters of Go's output say no more than that it failed, or begin with its frame.
        if message == "Failed" || message.hasPrefix("=== RUN") {
            result.message = GoTestOutput.message(body ?? message) ?? message
        }
        result.output = body
        return result
    }

    /// The first line that is more than the test's own name, which PHPUnit writes first.
    private func firstCause(_ body: String?) -> String? {
        let lines = body?.split(maxSplits: 2, whereSeparator: \.isNewline) ?? []
        guard let first = lines.first else { return nil }
        return String(first.hasPrefix(identifier) && lines.count > 1 ? lines[1] : first)
    }

    private func plain(_ status: TestStatus) -> TestResult {
        TestResult(id: identifier, file: file, status: status)
    }

    /// pytest writes expected failures as skips and strict unexpected passes as failures.
    private func status(of ending: Ending) -> TestStatus {
        if ending.type == "pytest.xfail" { return .expectedFailure }
        if ending.message?.hasPrefix("[XPASS(strict)]") == true { return .unexpectedPass }
        // ctest skips what it cannot start, and fails for it.
        if ending.message?.hasPrefix("Unable to find executable") == true { return .error }
        return ending.status
    }

    /// ctest and GoogleTest have a status of their own.
    private var statusWithoutChild: TestStatus {
        switch statusAttribute {
        case "fail", "failed": .failed
        case "notrun", "disabled", "skipped": .skipped
        default: .passed
        }
    }
}
