/// A sandbox profile with its filters as bytes for the kernel: what the front runs from, so that
/// it parses no YAML and calls no libseccomp. `CompiledProfileCoding` is its file format.
package struct CompiledProfile: Sendable, Equatable {
    package var settings: SandboxProfile
    /// Identifies the effective policy: lowercase hexadecimal, also the name of the cached file.
    package var digest: String
    /// The `AUDIT_ARCH_*` value that the filters are for.
    package var auditArchitecture: UInt32
    /// Installed in this order. The kernel takes the strictest verdict of all.
    package var filters: [SeccompProgram]
    /// Looked up, first match first, when a filter notifies.
    package var notifications: [NotificationRule] { table.rules }
    private var table: NotificationTable

    package init(
        settings: SandboxProfile, digest: String, auditArchitecture: UInt32,
        filters: [SeccompProgram], notifications: [NotificationRule]
    ) {
        self.settings = settings
        self.digest = digest
        self.auditArchitecture = auditArchitecture
        self.filters = filters
        table = .rules(notifications)
    }

    /// With rules that are read when they are first asked for: most runs have no denied call.
    init(
        settings: SandboxProfile, digest: String, auditArchitecture: UInt32,
        filters: [SeccompProgram], encodedNotifications: ArraySlice<UInt8>
    ) {
        self.settings = settings
        self.digest = digest
        self.auditArchitecture = auditArchitecture
        self.filters = filters
        table = .encoded(encodedNotifications)
    }

    private enum NotificationTable: Sendable, Equatable {
        case rules([NotificationRule])
        case encoded(ArraySlice<UInt8>)

        /// None of a file that is no whole one: then every notified call is refused as unlisted.
        var rules: [NotificationRule] {
            switch self {
            case .rules(let rules): return rules
            case .encoded(let bytes):
                return (try? CompiledProfileCoding.readNotifications(bytes)) ?? []
            }
        }

        static func == (left: Self, right: Self) -> Bool { left.rules == right.rules }
    }
}

/// One classic-BPF program for `seccomp(2)`.
package struct SeccompProgram: Sendable, Equatable {
    package var instructions: [BPFInstruction]
    /// Whether it returns `SECCOMP_RET_USER_NOTIF` and so is installed with a listener. The kernel
    /// allows one listener for a process: at most one program of a profile may say so, and
    /// everything worth reporting must be decided in that one.
    package var notifies: Bool

    package init(instructions: [BPFInstruction], notifies: Bool = false) {
        self.instructions = instructions
        self.notifies = notifies
    }
}

/// `struct sock_filter` of `linux/filter.h`.
package struct BPFInstruction: Sendable, Equatable {
    package var code: UInt16
    package var jumpTrue: UInt8
    package var jumpFalse: UInt8
    package var operand: UInt32

    package init(code: UInt16, jumpTrue: UInt8, jumpFalse: UInt8, operand: UInt32) {
        self.code = code
        self.jumpTrue = jumpTrue
        self.jumpFalse = jumpFalse
        self.operand = operand
    }
}

/// What the supervisor answers to a notified call, and how the report words it.
package struct NotificationRule: Sendable, Equatable {
    package var systemCall: Int32
    /// As in `syscalls(2)`.
    package var name: String
    /// All must hold; empty is always.
    package var conditions: [ArgumentCondition]
    /// The errno that the caller gets, positive. A notified call is never let through.
    package var errorNumber: Int32
    /// Such as `seccomp/build:ptrace`.
    package var rule: String
    /// What is allowed instead, or how to permit it.
    package var hint: String
    /// How to print each argument, in order.
    package var arguments: [ArgumentKind]

    package init(
        systemCall: Int32, name: String, conditions: [ArgumentCondition] = [], errorNumber: Int32,
        rule: String, hint: String, arguments: [ArgumentKind] = []
    ) {
        self.systemCall = systemCall
        self.name = name
        self.conditions = conditions
        self.errorNumber = errorNumber
        self.rule = rule
        self.hint = hint
        self.arguments = arguments
    }
}

/// Holds when `argument & mask == value`.
package struct ArgumentCondition: Sendable, Equatable {
    /// 0 to 5.
    package var index: UInt8
    package var mask: UInt64
    package var value: UInt64
    /// Turns the condition round: holds when they differ.
    package var isNegated: Bool

    package init(index: UInt8, mask: UInt64, value: UInt64, isNegated: Bool = false) {
        self.index = index
        self.mask = mask
        self.value = value
        self.isNegated = isNegated
    }
}

/// How an argument of a denied call is shown in the report.
package enum ArgumentKind: UInt8, Sendable, CaseIterable {
    case decimal, hexadecimal, octal
    /// A NUL-terminated string in the caller's memory.
    case path
    case socketFamily, socketType
    case namespaceFlags
    case signal
    /// Left out.
    case hidden
}
