internal import Glibc
internal import PolicyFiles
package import RunModel

/// Turns a policy into filters and the supervisor's table.
///
/// libseccomp makes two stacked filters. The kernel takes the strictest verdict of all, and an errno is
/// stricter than a notification. So the first (the allow list; everything else is ENOSYS) lets through
/// whatever is worth reporting, and the second (everything but what it names is allowed) notifies for
/// it: a refusal with a line in the report is decided in one place. When nobody listens any more, the
/// kernel answers a notification with ENOSYS: it fails closed. What is installed is one program with
/// the same verdicts (`CompactProgram`), after they were compared (`FilterProof`).
package struct FilterCompiler {
    /// What `compile` makes.
    package struct Output: Sendable, Equatable {
        package var filters: [SeccompProgram]
        package var notifications: [NotificationRule]
    }

    private let policy: EffectivePolicy

    package init(_ policy: EffectivePolicy) { self.policy = policy }

    /// - Throws: `PolicyFileError` for an unknown call, `SeccompFailure` when libseccomp refuses or its
    ///   filters and the compact one disagree.
    package func compile() throws -> Output {
        let compact = SeccompProgram(
            instructions: CompactProgram.make(leaves: try leaves()), notifies: true)
        let reference = try reference()
        if let call = try FilterProof.difference(
            between: [compact], and: reference, policy: policy)
        {
            throw SeccompFailure(
                operation: "comparing filters on call \(call.number) \(call.arguments)",
                code: EINVAL)
        }
        return Output(filters: [compact], notifications: try notifications())
    }

    /// Filters that notify for some of the calls that the policy allows whatever their arguments,
    /// for an observer that lets them go on. All other verdicts are those of `compile`.
    ///
    /// - Returns: also which of `calls` are observed: one that the policy denies or checks is not.
    package func compile(
        observing calls: [String]
    ) throws -> (filters: [SeccompProgram], observed: [String: Int32]) {
        _ = try compile()
        var leaves = try leaves()
        var observed: [String: Int32] = [:]
        for call in calls {
            guard let number = try number(call), leaves[UInt32(number)] == .verdict(.allow) else {
                continue
            }
            leaves[UInt32(number)] = .verdict(.notify)
            observed[call] = number
        }
        let program = SeccompProgram(
            instructions: CompactProgram.make(leaves: leaves), notifies: true)
        return ([program], observed)
    }

    /// The two filters as libseccomp makes them: what the compact program is measured by.
    package func reference() throws -> [SeccompProgram] {
        [
            SeccompProgram(instructions: try allowList()),
            SeccompProgram(instructions: try checks(), notifies: true),
        ]
    }

    private func leaves() throws -> [UInt32: CompactProgram.Leaf] {
        var leaves: [UInt32: CompactProgram.Leaf] = [:]
        for call in policy.allowed {
            guard let number = try number(call) else { continue }
            let checks = policy.checks.filter { $0.call == call }
            leaves[UInt32(number)] = checks.isEmpty ? .verdict(.allow) : .checks(checks)
        }
        for denial in policy.denials {
            for call in denial.calls {
                guard let number = try number(call) else { continue }
                leaves[UInt32(number)] = .verdict(denial.verdict)
            }
        }
        return leaves
    }

    private func allowList() throws -> [BPFInstruction] {
        let builder = try FilterBuilder.make(default: .errno(ENOSYS))
        let reported = policy.denials.filter { $0.report == true }.flatMap(\.calls)
        for call in (Array(policy.allowed) + reported).sorted() {
            guard let number = try number(call) else { continue }
            try builder.add(.allow, call: number)
        }
        for denial in policy.denials
        where denial.report != true && denial.errno != .ENOSYS {
            for call in denial.calls {
                guard let number = try number(call) else { continue }
                try builder.add(.errno(denial.errno.code), call: number)
            }
        }
        return try builder.export()
    }

    private func checks() throws -> [BPFInstruction] {
        let builder = try FilterBuilder.make(default: .allow)
        for denial in policy.denials where denial.report == true {
            for call in denial.calls {
                guard let number = try number(call) else { continue }
                try builder.add(.notify, call: number)
            }
        }
        for check in policy.checks {
            guard let number = try number(check.call) else { continue }
            let lists = check.when.map { ArgumentBlocks.alternatives(of: $0).map { [$0] } }
            for conditions in ArgumentBlocks.combinations(lists) {
                try builder.add(check.verdict, call: number, conditions: conditions)
            }
        }
        return try builder.export()
    }

    private func notifications() throws -> [NotificationRule] {
        var rules: [NotificationRule] = []
        for denial in policy.denials where denial.report == true {
            for call in denial.calls {
                guard let number = try number(call) else { continue }
                rules.append(
                    NotificationRule(
                        systemCall: number, name: call, errorNumber: denial.errno.code,
                        rule: id(denial.rule), hint: denial.hint,
                        arguments: CallArguments.kinds(of: call)))
            }
        }
        for check in policy.checks where check.report == true {
            guard let number = try number(check.call) else { continue }
            for conditions in ArgumentBlocks.combinations(check.when.map(ArgumentBlocks.readable)) {
                rules.append(
                    NotificationRule(
                        systemCall: number, name: check.call, conditions: conditions,
                        errorNumber: check.errno.code, rule: id(check.rule), hint: check.hint,
                        arguments: (check.show ?? []).map(\.kind)))
            }
        }
        return rules
    }

    private func id(_ rule: String) -> String { "seccomp/\(policy.name):\(rule)" }

    private func number(_ call: String) throws(PolicyFileError) -> Int32? {
        try SystemCallTable.number(of: call, in: policy.name)
    }
}

extension ErrnoName {
    /// The value on this machine.
    package var code: Int32 {
        switch self {
        case .EACCES: Glibc.EACCES
        case .EAFNOSUPPORT: Glibc.EAFNOSUPPORT
        case .EINVAL: Glibc.EINVAL
        case .ENOLCK: Glibc.ENOLCK
        case .ENOPROTOOPT: Glibc.ENOPROTOOPT
        case .ENOSYS: Glibc.ENOSYS
        case .EPERM: Glibc.EPERM
        case .EPROTONOSUPPORT: Glibc.EPROTONOSUPPORT
        }
    }
}

extension ArgumentStyle {
    var kind: ArgumentKind {
        switch self {
        case .decimal: .decimal
        case .hexadecimal: .hexadecimal
        case .octal: .octal
        case .path: .path
        case .signal: .signal
        case .hidden: .hidden
        case .socketFamily: .socketFamily
        case .socketType: .socketType
        case .namespaceFlags: .namespaceFlags
        }
    }
}
