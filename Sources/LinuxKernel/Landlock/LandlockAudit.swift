internal import CLinux
internal import Glibc

/// What Landlock refused, as the kernel's audit tells it (ABI 7), for one sandbox among all records of
/// the machine.
package struct LandlockAudit: ~Copyable, Sendable {
    package let descriptor: OwnedDescriptor
    private var records = LandlockRecords()
    /// Whether the kernel dropped records because nobody took them in time.
    package private(set) var hasLost = false

    /// The ABI level from which Landlock writes records.
    package static let leastABI = 7

    /// Why the audit cannot be read here, with what would mend it; `nil` where it can.
    package static func obstacle(abi: Int) -> String? {
        guard abi >= leastABI else {
            return "this kernel's Landlock writes no audit records (ABI \(abi); they begin with 7)"
        }
        switch lx_audit_is_enabled() {
        case 1: return nil
        case 0:
            return
                "audit is off; 'auditctl -e 1' or audit=1 on the kernel's command line turns it on"
        case let error:
            return
                "audit cannot be asked: \(SystemError.text(of: Int32(-error))); it needs root in the"
                + " first user and network namespace"
        }
    }

    /// - Throws: `EPERM` without `CAP_AUDIT_READ` in the initial user namespace.
    package init() throws(SystemError) {
        let raw = try SystemCall.perform("bind(audit)") { lx_audit_listen() }
        descriptor = OwnedDescriptor(owning: Int32(raw))
    }

    /// Takes over what the kernel has told so far; never waits.
    package mutating func read() {
        var text = [CChar](repeating: 0, count: 8192)
        while true {
            var type: Int32 = 0
            let count = lx_audit_read(descriptor.raw, &text, text.count, &type)
            if count == -Int(ENOBUFS) {
                hasLost = true
                continue
            }
            guard count >= 0 else { return }
            let bytes = text.prefix(count).map { UInt8(bitPattern: $0) }
            records.take(
                isDomain: type == Int32(LX_AUDIT_LANDLOCK_DOMAIN),
                isAccess: type == Int32(LX_AUDIT_LANDLOCK_ACCESS),
                text: String(decoding: bytes, as: UTF8.self))
        }
    }

    /// Refusals of the domain that a process made, once.
    ///
    /// - Parameter process: pid 1 of the sandbox, as seen from the host.
    package mutating func takeRefusals(ofDomainMadeBy process: Int32) -> [LandlockRefusal] {
        records.takeRefusals(ofDomainMadeBy: process)
    }
}

/// One line of Landlock's audit.
package struct LandlockRefusal: Sendable, Equatable {
    /// Such as `fs.write_file`; several are separated by commas.
    package var blockers: String
    /// The object, as the kernel names it: `path="/usr/x" dev="vda2" ino=351`.
    package var object: String

    package init(blockers: String, object: String) {
        self.blockers = blockers
        self.object = object
    }
}

/// Sorts audit records by the domain that they are of. Pure.
package struct LandlockRecords: Sendable {
    private var refusals: [String: [LandlockRefusal]] = [:]
    private var makers: [String: Int32] = [:]
    /// Other programs' records must not fill this process's memory.
    private static let refusalsMax = 4096
    private static let domainsMax = 4096
    private var count = 0

    package init() {}

    /// - Parameter text: `audit(TIME:SERIAL): domain=ID ...`, see the kernel's
    ///   Documentation/admin-guide/LSM/landlock.rst.
    package mutating func take(isDomain: Bool, isAccess: Bool, text: String) {
        guard isDomain || isAccess, let domain = Self.value(of: "domain", in: text) else { return }
        if isDomain {
            guard makers.count < Self.domainsMax, let maker = Self.value(of: "pid", in: text)
            else { return }
            makers[domain] = Int32(maker)
            return
        }
        guard count < Self.refusalsMax, let blockers = Self.value(of: "blockers", in: text) else {
            return
        }
        count += 1
        let words = text.split(separator: " ")
        let rest = words.drop { $0 != "blockers=" + blockers }.dropFirst()
        refusals[domain, default: []].append(
            LandlockRefusal(blockers: blockers, object: rest.joined(separator: " ")))
    }

    package mutating func takeRefusals(ofDomainMadeBy process: Int32) -> [LandlockRefusal] {
        var taken: [LandlockRefusal] = []
        for (domain, maker) in makers where maker == process {
            taken += refusals.removeValue(forKey: domain) ?? []
        }
        return taken
    }

    /// The word after `key=`, up to a space.
    private static func value(of key: String, in text: String) -> String? {
        for word in text.split(separator: " ") where word.hasPrefix(key + "=") {
            return String(word.dropFirst(key.utf8.count + 1))
        }
        return nil
    }
}
