/// What is varied between repeats, so that flakiness which hides in the environment shows.
package struct RunVariation: Sendable, Equatable {
    package var number: Int
    package var environment: [String: String]
    package var cpus: Double?
    /// Seeds the order of the tests; `nil` keeps the runner's.
    package var orderSeed: UInt64?
    /// Network rules instead of the command's; only ever fewer.
    package var network: String?

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
