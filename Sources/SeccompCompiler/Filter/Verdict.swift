/// What the kernel does with a call: the `SECCOMP_RET_*` values that profiles use.
package enum Verdict: Sendable, Hashable {
    case killProcess
    /// The caller gets this errno.
    case errno(Int32)
    /// The supervisor is asked.
    case notify
    case allow

    package var rawValue: UInt32 {
        switch self {
        case .killProcess: 0x8000_0000
        case .errno(let code): 0x0005_0000 | UInt32(truncatingIfNeeded: code & 0xFFFF)
        case .notify: 0x7FC0_0000
        case .allow: 0x7FFF_0000
        }
    }

    package init?(rawValue: UInt32) {
        switch rawValue & 0xFFFF_0000 {
        case 0x8000_0000: self = .killProcess
        case 0x0005_0000: self = .errno(Int32(rawValue & 0xFFFF))
        case 0x7FC0_0000: self = .notify
        case 0x7FFF_0000: self = .allow
        default: return nil
        }
    }

    /// The kernel's order when several filters speak (`seccomp_run_filters`): smaller is stricter.
    package var rank: Int {
        switch self {
        case .killProcess: 0
        case .errno: 1
        case .notify: 2
        case .allow: 3
        }
    }

    /// What the kernel makes of the verdicts of several filters.
    package static func strictest(_ verdicts: [Verdict]) -> Verdict? {
        verdicts.min { $0.rank < $1.rank }
    }
}
