package import PolicyFiles

/// One file of `Policies/seccomp`: a whole list of calls, or deltas on another such file.
package struct SeccompPolicy: Decodable, Sendable, Equatable {
    package var version: FormatVersion
    package var name: String
    package var description: String
    /// The policy that this one changes; `nil` for a list of its own.
    package var extends: String?
    package var remove: Removal?
    package var allow: [AllowGroup]?
    package var deny: [DenyRule]?
    package var check: [CheckRule]?

    package enum CodingKeys: String, CodingKey, CaseIterable {
        case version, name, description, extends, remove, allow, deny, check
    }

    /// What a delta takes out of the policy below it, before its own entries are added.
    package struct Removal: Decodable, Sendable, Equatable {
        /// Names of calls.
        package var allow: [String]?
        /// Ids of rules.
        package var deny: [String]?
        package var check: [String]?

        package enum CodingKeys: String, CodingKey, CaseIterable { case allow, deny, check }
    }

    /// Calls that are let through, and who needs them.
    package struct AllowGroup: Decodable, Sendable, Equatable {
        package var purpose: String
        package var calls: [String]

        package enum CodingKeys: String, CodingKey, CaseIterable {
            case purpose = "for"
            case calls
        }
    }

    /// Calls that are refused whatever their arguments.
    package struct DenyRule: Decodable, Sendable, Equatable {
        package var rule: String
        package var why: String
        package var errno: ErrnoName
        /// Whether the run's report lists it. Default: no.
        package var report: Bool?
        package var hint: String
        package var calls: [String]

        package enum CodingKeys: String, CodingKey, CaseIterable {
            case rule, why, errno, report, hint, calls
        }
    }

    /// Arguments for which an allowed call is refused; all of `when` must hold.
    package struct CheckRule: Decodable, Sendable, Equatable {
        package var rule: String
        package var why: String
        package var call: String
        package var when: [ArgumentTest]
        package var errno: ErrnoName
        package var report: Bool?
        package var hint: String
        /// How the report prints the arguments, in order.
        package var show: [ArgumentStyle]?

        package enum CodingKeys: String, CodingKey, CaseIterable {
            case rule, why, call, when, errno, report, hint, show
        }
    }
}

/// A test on the low 32 bits of one argument; exactly one of `in`, `not_in` and `any_bit`.
package struct ArgumentTest: Decodable, Sendable, Equatable {
    /// 0 to 5.
    package var argument: UInt8
    /// Bits that `in` looks at. Default: all 32.
    package var mask: UInt32?
    package var included: [UInt32]?
    package var excluded: [UInt32]?
    package var anyBit: UInt32?

    package enum CodingKeys: String, CodingKey, CaseIterable {
        case argument, mask
        case included = "in"
        case excluded = "not_in"
        case anyBit = "any_bit"
    }

    package init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        argument = try container.decode(UInt8.self, forKey: .argument)
        mask = try container.decodeIfPresent(UInt32.self, forKey: .mask)
        included = try container.decodeIfPresent([UInt32].self, forKey: .included)
        excluded = try container.decodeIfPresent([UInt32].self, forKey: .excluded)
        anyBit = try container.decodeIfPresent(UInt32.self, forKey: .anyBit)
        let forms = [included != nil, excluded != nil, anyBit != nil].count { $0 }
        guard argument < 6, forms == 1, included != nil || mask == nil, included?.isEmpty != true,
            (included ?? []).allSatisfy({ $0 & (mask ?? .max) == $0 }), anyBit != 0
        else {
            throw DecodingError.dataCorruptedError(
                forKey: .argument, in: container,
                debugDescription:
                    "a test has an argument from 0 to 5 and exactly one of in, not_in "
                    + "and any_bit; mask goes with in, and its values lie within it")
        }
    }
}

/// The errno of a refusal, by name.
package enum ErrnoName: String, Decodable, Sendable, CaseIterable {
    case EACCES, EAFNOSUPPORT, EINVAL, ENOLCK, ENOPROTOOPT, ENOSYS, EPERM, EPROTONOSUPPORT
}

/// How a report prints an argument; `ArgumentKind` by its name in policy files.
package enum ArgumentStyle: String, Decodable, Sendable, CaseIterable {
    case decimal, hexadecimal, octal, path, signal, hidden
    case socketFamily = "socket_family"
    case socketType = "socket_type"
    case namespaceFlags = "namespace_flags"
}
