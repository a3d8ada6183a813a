internal import RunModel

/// Argument tests as sets of `argument & mask == value`, the one comparison that libseccomp lets
/// stand several times on one argument (in several rules) and that can look at 32 bits only.
enum ArgumentBlocks {
    /// The alternatives of which one must hold for `test` to hold.
    static func alternatives(of test: ArgumentTest) -> [ArgumentCondition] {
        if let bits = test.anyBit {
            return (0..<32).map { UInt32(1) << $0 }.filter { bits & $0 != 0 }.map {
                condition(test, mask: $0, value: $0)
            }
        }
        if let values = test.included {
            return values.map { condition(test, mask: test.mask ?? .max, value: $0) }
        }
        return complement(of: test.excluded ?? []).map {
            condition(test, mask: $0.mask, value: $0.value)
        }
    }

    /// The same in the form that the supervisor reads, where "none of these" is one alternative.
    static func readable(_ test: ArgumentTest) -> [[ArgumentCondition]] {
        guard let values = test.excluded else { return alternatives(of: test).map { [$0] } }
        return [
            values.map {
                ArgumentCondition(
                    index: test.argument, mask: 0xFFFF_FFFF, value: UInt64($0), isNegated: true)
            }
        ]
    }

    /// Every way to choose one alternative for each test.
    static func combinations(_ lists: [[[ArgumentCondition]]]) -> [[ArgumentCondition]] {
        lists.reduce([[]]) { chosen, list in
            chosen.flatMap { head in list.map { head + $0 } }
        }
    }

    /// All 32-bit numbers but `values`, as aligned blocks: a range is cut as an address range is cut
    /// into networks.
    static func complement(of values: [UInt32]) -> [(mask: UInt32, value: UInt32)] {
        var blocks: [(mask: UInt32, value: UInt32)] = []
        var start: UInt64 = 0
        for hole in Set(values).sorted().map(UInt64.init) + [1 << 32] {
            while start < hole {
                var size: UInt64 = 1 << 32
                while !start.isMultiple(of: size) || start + size > hole { size >>= 1 }
                let mask = UInt32(truncatingIfNeeded: ~(size - 1))
                blocks.append((mask: mask, value: UInt32(truncatingIfNeeded: start)))
                start += size
            }
            start = hole + 1
        }
        return blocks
    }

    private static func condition(
        _ test: ArgumentTest, mask: UInt32, value: UInt32
    ) -> ArgumentCondition {
        ArgumentCondition(index: test.argument, mask: UInt64(mask), value: UInt64(value))
    }
}
