package import RunModel

/// Compares two ways to filter, by running both.
package enum FilterProof {
    /// Numbers that are compared: twice the kernel's table, and each with the x32 bit.
    package static let numbers: [UInt32] =
        (UInt32(0)...1023).flatMap { [$0, $0 | 0x4000_0000] } + [0x3FFF_FFFF, .max]

    /// The first call on which the strictest verdict of `left` differs from that of `right`.
    ///
    /// All numbers with arguments of 0, foreign architectures, and for every check of `policy` each
    /// combination of the values around those it names (`ArgumentSamples`).
    package static func difference(
        between left: [SeccompProgram], and right: [SeccompProgram], policy: EffectivePolicy
    ) throws -> BPFInterpreter.Call? {
        let sides = [left, right].map { $0.map { BPFInterpreter(program: $0.instructions) } }
        func differ(_ call: BPFInterpreter.Call) throws -> Bool {
            let verdicts = try sides.map { programs in
                Verdict.strictest(try programs.map { try $0.run(call).verdict })
            }
            return verdicts[0] != verdicts[1]
        }
        // AUDIT_ARCH_I386, AUDIT_ARCH_AARCH64 and AUDIT_ARCH_X86_64: two of them are foreign.
        for architecture: UInt32 in [0x4000_0003, 0xC000_00B7, 0xC000_003E] {
            for number in numbers {
                let call = BPFInterpreter.Call(number: number, architecture: architecture)
                if try differ(call) { return call }
            }
        }
        for name in Set(policy.checks.map(\.call)) {
            guard let number = try SystemCallTable.number(of: name, in: policy.name) else {
                continue
            }
            for arguments in ArgumentSamples.all(of: policy.checks.filter { $0.call == name }) {
                let call = BPFInterpreter.Call(number: UInt32(number), arguments: arguments)
                if try differ(call) { return call }
            }
        }
        return nil
    }
}

/// Arguments that tell apart the verdicts of checks.
package enum ArgumentSamples {
    /// Every combination of each argument's values: those that a test names and their neighbours, for
    /// single bits each, and once with rubbish above bit 31.
    package static func all(of checks: [SeccompPolicy.CheckRule]) -> [[UInt64]] {
        var values = [Set<UInt64>](repeating: [], count: 6)
        for test in checks.flatMap(\.when) {
            var chosen: Set<UInt32> = [0, 1, .max]
            for value in (test.included ?? []) + (test.excluded ?? []) {
                chosen.formUnion([
                    value &- 1, value, value &+ 1, value | 0x100, value | 0x8000_0000,
                ])
            }
            if let bits = test.anyBit {
                chosen.formUnion((0..<32).map { 1 << UInt32($0) } + [bits, ~bits])
            }
            values[Int(test.argument)].formUnion(chosen.map(UInt64.init))
            values[Int(test.argument)].formUnion(
                ((test.included ?? []) + (test.excluded ?? [])).map { UInt64($0) | 1 << 32 })
        }
        return values.reduce([[]]) { heads, next in
            heads.flatMap { head in (next.isEmpty ? [0] : next.sorted()).map { head + [$0] } }
        }
    }
}
