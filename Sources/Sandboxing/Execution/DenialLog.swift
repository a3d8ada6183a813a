internal import LinuxKernel
package import RunModel

/// Denied calls of one run: the same ones counted, the number of different ones bounded.
package struct DenialLog: Sendable {
    package private(set) var denials: [Denial] = []
    private var indexOf: [Key: Int] = [:]
    /// A workload must not be able to fill the supervisor's memory with inventions.
    static let distinctLimit = 256

    private struct Key: Hashable {
        let rule: String
        let detail: String
        let process: String?
    }

    package init() {}

    package mutating func record(_ denial: Denial) {
        let key = Key(
            rule: denial.rule, detail: denial.detail, process: denial.process)
        if let index = indexOf[key] {
            denials[index].count += 1
            return
        }
        guard denials.count < Self.distinctLimit else {
            denials[Self.distinctLimit - 1].count += 1
            return
        }
        var denial = denial
        if denials.count == Self.distinctLimit - 1 {
            denial.detail = "and other calls, counted together"
        }
        indexOf[key] = denials.count
        denials.append(denial)
    }
}

/// Answers notified system calls with the errno of their rule, and words them for the report.
struct DenialResponder {
    let profile: CompiledProfile
    /// Read with the first denial: most runs have none.
    private lazy var rules = profile.notifications

    /// `EPERM`, for a call that no rule names: the filter and the table disagree, so it stays shut.
    static let fallbackErrorNumber: Int32 = 1

    init(profile: CompiledProfile) { self.profile = profile }

    mutating func answer(
        _ call: NotificationListener.Call, on listener: borrowing NotificationListener
    ) -> Denial {
        let rule = rules.first { $0.systemCall == call.systemCall && holds($0, call) }
        let details = (rule?.arguments ?? []).enumerated().compactMap { index, kind in
            index < 6 ? text(kind, call.arguments[index], call, listener) : nil
        }
        let process = listener.processName(of: call)
        listener.refuse(call, errorNumber: rule?.errorNumber ?? Self.fallbackErrorNumber)
        let name = rule?.name ?? "syscall \(call.systemCall)"
        return Denial(
            layer: "seccomp", operation: name,
            detail: "\(name)(\(details.joined(separator: ", ")))",
            rule: rule?.rule ?? "seccomp:unlisted", hint: rule?.hint ?? "", count: 1,
            pid: call.process, process: process)
    }

    private func holds(_ rule: NotificationRule, _ call: NotificationListener.Call) -> Bool {
        rule.conditions.allSatisfy { condition in
            let value = call.arguments[Int(min(condition.index, 5))]
            return (value & condition.mask == condition.value) != condition.isNegated
        }
    }

    private func text(
        _ kind: ArgumentKind, _ value: UInt64, _ call: NotificationListener.Call,
        _ listener: borrowing NotificationListener
    ) -> String? {
        switch kind {
        case .decimal: return "\(Int32(truncatingIfNeeded: value))"
        case .hexadecimal: return "0x" + String(value, radix: 16)
        case .octal: return "0" + String(value, radix: 8)
        case .path:
            if value == 0 { return "NULL" }
            return listener.text(at: value, of: call).map { "\"\($0)\"" }
                ?? "0x" + String(value, radix: 16)
        case .socketFamily: return SocketNames.family(UInt32(truncatingIfNeeded: value))
        case .socketType: return SocketNames.type(UInt32(truncatingIfNeeded: value))
        case .namespaceFlags:
            let namespaces = NamespaceSet(rawValue: value).names.map { "new " + $0 }
            return namespaces.isEmpty
                ? "0x" + String(value, radix: 16) : namespaces.joined(separator: "|")
        case .signal: return "signal \(value)"
        case .hidden: return nil
        }
    }
}

/// Names of `socket(2)`'s first two arguments.
enum SocketNames {
    private static let families: [UInt32: String] = [
        1: "AF_UNIX", 2: "AF_INET", 10: "AF_INET6", 15: "AF_KEY", 16: "AF_NETLINK",
        17: "AF_PACKET", 29: "AF_CAN", 30: "AF_TIPC", 31: "AF_BLUETOOTH", 33: "AF_RXRPC",
        38: "AF_ALG", 40: "AF_VSOCK", 43: "AF_SMC", 44: "AF_XDP",
    ]
    private static let types: [UInt32: String] = [
        1: "SOCK_STREAM", 2: "SOCK_DGRAM", 3: "SOCK_RAW", 5: "SOCK_SEQPACKET",
    ]

    static func family(_ number: UInt32) -> String { families[number] ?? "family \(number)" }
    static func type(_ number: UInt32) -> String { types[number & 0xf] ?? "type \(number & 0xf)" }
}
