internal import JSONText
internal import Logging
internal import Orchestration
internal import Sandboxing
internal import Synchronization

/// Sandboxes made in advance, for each template as many as lately were taken. Each is given away
/// once, before anything has run in it, and never comes back.
final class WarmPool: Sendable {
    private struct Shelf {
        var idle: [String] = []
        var isFilling = false
        /// When sandboxes were taken, in the last `window`.
        var takes: [ContinuousClock.Instant] = []
        var lastTake = ContinuousClock.now
        var make: LiveSpecification
    }

    private let sandboxes: LiveSandboxes
    private let log: Logger
    private let shelves = Mutex<[String: Shelf]>([:])

    /// What is ready at most, of one template.
    static let sizeLimit = 8
    private static let window = Duration.seconds(10)
    /// Without a take for so long, nothing is kept ready.
    private static let forgottenAfter = Duration.seconds(300)
    /// A ready one ends by itself when its service does not renew it.
    private static let lifeMilliseconds: UInt64 = 600_000

    init(sandboxes: LiveSandboxes, log: Logger) {
        self.sandboxes = sandboxes
        self.log = log
    }

    /// What was ready in a former service is not known to be untouched: it goes.
    func endRemains() async {
        for record in sandboxes.records where record.note["pool"]?.boolValue == true {
            try? await sandboxes.end(
                record.identifier, reason: "made in advance by another service")
        }
    }

    /// A ready sandbox like the one that is asked for; `nil` when there is none.
    func take(like wanted: LiveSpecification) async -> LiveRecord? {
        let key = Self.key(of: wanted)
        let identifier = shelves.withLock { shelves -> String? in
            let now = ContinuousClock.now
            var shelf = shelves[key] ?? Shelf(make: Self.blank(wanted))
            shelf.takes = shelf.takes.filter { now - $0 < Self.window } + [now]
            shelf.lastTake = now
            let identifier = shelf.idle.popLast()
            shelves[key] = shelf
            return identifier
        }
        defer { fill(key) }
        guard let identifier else { return nil }
        var environment = wanted.environment
        environment["E2B_SANDBOX_ID"] = identifier
        do {
            let description = try await sandboxes.ask(
                identifier, "claim",
                [
                    ("environment", JSONValue(stringMap: environment)),
                    ("note", wanted.note),
                    ("ends_at_ms", wanted.endsAtMilliseconds.map { JSONValue($0) }),
                    ("pauses_at_end", .bool(wanted.pausesAtEnd)),
                ])
            sandboxes.note(description, of: identifier)
            return sandboxes.record(identifier)
        } catch {
            log.error("ready sandbox lost", metadata: ["error": "\(error)"])
            return nil
        }
    }

    var sizes: [String: Int] { shelves.withLock { $0.mapValues(\.idle.count) } }

    // MARK: Filling

    private static func key(of specification: LiveSpecification) -> String {
        "\(specification.profile) \(specification.image) \(specification.usesGateway)"
    }

    private static func blank(_ wanted: LiveSpecification) -> LiveSpecification {
        var blank = wanted
        blank.environment = [:]
        blank.note = ["pool": true]
        blank.pausesAtEnd = false
        return blank
    }

    /// As many as were taken in the window, at least one as long as somebody comes at all.
    private static func target(_ shelf: Shelf) -> Int {
        let now = ContinuousClock.now
        if now - shelf.lastTake > forgottenAfter { return 0 }
        return min(max(1, shelf.takes.count { now - $0 < window }), sizeLimit)
    }

    /// One after the other, beside what requests do.
    private func fill(_ key: String) {
        let starts = shelves.withLock { shelves in
            guard let shelf = shelves[key], !shelf.isFilling, shelf.idle.count < Self.target(shelf)
            else { return false }
            shelves[key]?.isFilling = true
            return true
        }
        guard starts else { return }
        Task { [weak self] in
            while let self, let next = self.next(key) {
                do {
                    let record = try await self.sandboxes.create(next)
                    let isWanted = self.shelves.withLock { shelves in
                        shelves[key]?.idle.append(record.identifier)
                        return shelves[key] != nil
                    }
                    guard isWanted else {
                        try? await self.sandboxes.end(record.identifier, reason: "not needed")
                        return
                    }
                } catch {
                    self.log.error("no sandbox made in advance", metadata: ["error": "\(error)"])
                    break
                }
            }
            self?.shelves.withLock { $0[key]?.isFilling = false }
        }
    }

    private func next(_ key: String) -> LiveSpecification? {
        shelves.withLock { shelves in
            guard let shelf = shelves[key], shelf.idle.count < Self.target(shelf) else {
                return nil
            }
            var specification = shelf.make
            specification.identifier = "i" + RandomText.hexadecimal(bytes: 9)
            specification.endsAtMilliseconds = Timestamps.nowMilliseconds + Self.lifeMilliseconds
            return specification
        }
    }

    /// Ends all that is ready: the service stops.
    func close() async {
        let all = shelves.withLock { shelves -> [String] in
            defer { shelves = [:] }
            return shelves.values.flatMap(\.idle)
        }
        for identifier in all { try? await sandboxes.end(identifier, reason: "the service stops") }
    }

    /// Ends what is more than wanted, and renews the rest. To be called now and then.
    func tend() async {
        let surplus = shelves.withLock { shelves -> [String] in
            var surplus: [String] = []
            for key in shelves.keys {
                guard var shelf = shelves[key] else { continue }
                let count = max(0, shelf.idle.count - Self.target(shelf))
                surplus += shelf.idle.prefix(count)
                shelf.idle.removeFirst(count)
                shelf.idle.removeAll { sandboxes.record($0) == nil }
                shelves[key] = shelf
            }
            return surplus
        }
        for identifier in surplus { try? await sandboxes.end(identifier, reason: "not needed") }
        for identifier in shelves.withLock({ $0.values.flatMap(\.idle) }) {
            let end = Timestamps.nowMilliseconds + Self.lifeMilliseconds
            _ = try? await sandboxes.ask(identifier, "change", [("ends_at_ms", JSONValue(end))])
        }
    }
}
