import RunModel
import SeccompCompiler

/// The verdict that a policy asks for, read from the policy without the compiler's ways of cutting
/// numbers into blocks or of splitting filters.
struct PolicyOracle {
    let policy: EffectivePolicy

    /// - Parameter name: the call's name, `nil` for a number without one.
    func verdict(name: String?, arguments: [UInt64]) -> Verdict {
        guard let name else { return .errno(38) }
        if let denial = policy.denials.first(where: { $0.calls.contains(name) }) {
            return denial.report == true ? .notify : .errno(denial.errno.code)
        }
        guard policy.allowed.contains(name) else { return .errno(38) }
        let hits = policy.checks.filter { check in
            check.call == name && check.when.allSatisfy { holds($0, arguments) }
        }
        return Verdict.strictest(
            hits.map { $0.report == true ? Verdict.notify : .errno($0.errno.code) }) ?? .allow
    }

    func holds(_ test: ArgumentTest, _ arguments: [UInt64]) -> Bool {
        let low = UInt32(truncatingIfNeeded: arguments[Int(test.argument)])
        if let bits = test.anyBit { return low & bits != 0 }
        if let values = test.included { return values.contains(low & (test.mask ?? .max)) }
        return !(test.excluded ?? []).contains(low)
    }
}
