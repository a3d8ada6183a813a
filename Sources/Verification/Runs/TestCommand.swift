package import RunModel

/// How the tests of a repository are run: from `drydock.yaml` of the base, or detected there.
package struct TestCommand: Sendable {
    /// The runner's id in `RunnerCatalog`, such as `pytest`.
    package var runner: String
    /// Shell text that runs every test.
    package var run: String
    /// Shell text that runs some tests; `{tests}` stands for their ids. `nil`: all or nothing.
    package var select: String?
    /// Report files below `$DRYDOCK_REPORTS`; none: the console is the only list of tests.
    package var reports: [String]
    /// The id of the console's format in `FormatCatalog`, where it has one.
    package var consoleFormat: String?
    /// Test and runner configuration files, which a change may not alter.
    package var paths: PathPatterns
    package var workingDirectory = ""
    package var limits = ResourceLimits.standard
    package var network = "none"
    package var layers: [String] = []
    package var environment: [String: String] = [:]

    package init(
        runner: String, run: String, select: String? = nil, reports: [String] = [],
        consoleFormat: String? = nil, paths: PathPatterns
    ) {
        self.runner = runner
        self.run = run
        self.select = select
        self.reports = reports
        self.consoleFormat = consoleFormat
        self.paths = paths
    }

    /// One argument of a command may have 128 KiB (MAX_ARG_STRLEN, execve(2)).
    private static let shellTextLimit = 100_000

    /// The shell text that runs these tests, in this order, or `nil` when the runner cannot select
    /// or there are too many of them.
    package func shellText(selecting tests: [String]) -> String? {
        guard let select, !tests.isEmpty else { return nil }
        let quoted = tests.map(Self.quoted).joined(separator: " ")
        guard quoted.utf8.count < Self.shellTextLimit else { return nil }
        return select.replacing("{tests}", with: quoted)
    }

    /// A word that a POSIX shell takes as it is.
    private static func quoted(_ word: String) -> String {
        "'" + word.replacing("'", with: #"'\''"#) + "'"
    }
}

/// What is varied between repeats, so that flakiness which hides in the environment shows.
package struct RunVariation: Sendable, Equatable {
    package var number: Int
    package var environment: [String: String]
    package var cpus: Double?
    /// Seeds the order of the tests; `nil` keeps the runner's.
    package var orderSeed: UInt64?

    package init(
        number: Int, environment: [String: String], cpus: Double? = nil, orderSeed: UInt64? = nil
    ) {
        self.number = number
        self.environment = environment
        self.cpus = cpus
        self.orderSeed = orderSeed
    }

    private static let timeZones = ["UTC", "Asia/Kathmandu", "America/St_Johns", "Pacific/Apia"]
    private static let locales = ["C.UTF-8", "C", "C.UTF-8", "POSIX"]
    private static let users = ["runner", "builder", "dock", "someone"]

    /// The variation of repeat `number`. Number 0 is the plain environment.
    package static func variation(_ number: Int) -> RunVariation {
        guard number > 0 else { return RunVariation(number: 0, environment: [:]) }
        let index = number % timeZones.count
        return RunVariation(
            number: number,
            environment: [
                "TZ": timeZones[index], "LC_ALL": locales[index], "LANG": locales[index],
                "PYTHONHASHSEED": String(number * 7919 % 4_294_967), "USER": users[index],
                "LOGNAME": users[index],
            ],
            cpus: number.isMultiple(of: 2) ? 1 : nil, orderSeed: UInt64(number))
    }

    /// The items in an order that the seed decides (splitmix64, Fisher and Yates).
    package func shuffled(_ items: [String]) -> [String] {
        guard let orderSeed else { return items }
        var generator = SplitMix(state: orderSeed)
        return items.shuffled(using: &generator)
    }
}

/// Steele, Lea and Flood's splitmix64: small, seeded and the same everywhere.
struct SplitMix: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xbf58_476d_1ce4_e5b9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94d0_49bb_1331_11eb
        return mixed ^ (mixed >> 31)
    }
}
