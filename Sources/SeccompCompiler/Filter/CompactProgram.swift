internal import Glibc
internal import RunModel

/// One short program with the verdicts of both libseccomp filters: a binary search over intervals of
/// call numbers with equal verdicts, and the argument checks behind it.
///
/// What it costs to install a filter is what the kernel spends on running it for each number, and on
/// translating it; this one has a fifth of the instructions. It is only used once `FilterProof` has
/// found no difference to what libseccomp made of the same policy.
struct CompactProgram {
    /// What is done with one call number.
    enum Leaf: Equatable {
        case verdict(Verdict)
        /// Go through these checks; allowed when none objects.
        case checks([SeccompPolicy.CheckRule])
    }

    private var code: [BPFInstruction] = []
    /// Jumps at the search's leaves whose target, a list of checks, is not placed yet.
    private var pending: [(position: Int, checks: [SeccompPolicy.CheckRule])] = []

    /// - Parameter leaves: by call number; what is absent is ENOSYS.
    static func make(leaves: [UInt32: Leaf]) -> [BPFInstruction] {
        var program = CompactProgram()
        program.prologue()
        program.search(intervals(of: leaves)[...])
        program.placeChecks()
        return program.code
    }

    /// Runs of numbers with one leaf, from 0 on; each reaches to the start of the next.
    private static func intervals(of leaves: [UInt32: Leaf]) -> [(start: UInt32, leaf: Leaf)] {
        var result: [(start: UInt32, leaf: Leaf)] = []
        let end = (leaves.keys.max() ?? 0) + 1
        for number in 0...end {
            let leaf = leaves[number] ?? .verdict(.errno(ENOSYS))
            if result.last?.leaf != leaf { result.append((number, leaf)) }
        }
        return result
    }

    private mutating func prologue() {
        load(offset: 4)
        skip(BPFCode.jumpIfEqual, SystemCallTable.auditArchitecture, ifTrue: 1)
        give(.killProcess)
        load(offset: 0)
        guard SystemCallTable.auditArchitecture == SystemCallTable.auditArchitectureX86 else {
            return
        }
        // x32 calls have bit 30 set. -1 is what a tracer writes to skip a call; nobody is there to
        // answer it, so it is unknown rather than deadly.
        skip(BPFCode.jumpIfGreaterOrEqual, 0x4000_0000, ifFalse: 3)
        skip(BPFCode.jumpIfEqual, .max, ifFalse: 1)
        give(.errno(ENOSYS))
        give(.killProcess)
    }

    private mutating func search(_ intervals: ArraySlice<(start: UInt32, leaf: Leaf)>) {
        guard intervals.count > 1 else {
            guard let leaf = intervals.first?.leaf else { return }
            switch leaf {
            case .verdict(let verdict): give(verdict)
            case .checks(let checks):
                pending.append((code.count, checks))
                append(BPFCode.jump, 0)
            }
            return
        }
        let middle = intervals.startIndex + intervals.count / 2
        let branch = code.count
        skip(BPFCode.jumpIfGreaterOrEqual, intervals[middle].start)
        search(intervals[..<middle])
        let distance = code.count - branch - 1
        if distance <= UInt8.max {
            code[branch].jumpTrue = UInt8(distance)
        } else {
            // Conditional jumps reach 255 instructions; beyond, one hops over a long jump.
            code[branch].jumpFalse = 1
            code.insert(
                BPFInstruction(
                    code: BPFCode.jump, jumpTrue: 0, jumpFalse: 0, operand: UInt32(distance)),
                at: branch + 1)
            for index in pending.indices where pending[index].position > branch {
                pending[index].position += 1
            }
        }
        search(intervals[middle...])
    }

    private mutating func placeChecks() {
        for (position, checks) in pending {
            code[position].operand = UInt32(code.count - position - 1)
            // An errno is stricter than a notification, so it is looked for first.
            for check in checks.sorted(by: { $0.verdict.rank < $1.verdict.rank }) { place(check) }
            give(.allow)
        }
    }

    /// Falls through to the next check as soon as one test does not hold.
    private mutating func place(_ check: SeccompPolicy.CheckRule) {
        var failures: [(position: Int, onTrue: Bool)] = []
        for test in check.when {
            load(offset: 16 + 8 * UInt32(test.argument))
            if let mask = test.mask { append(BPFCode.and, mask) }
            if let bits = test.anyBit {
                failures.append((code.count, false))
                skip(BPFCode.jumpIfAnyBit, bits)
            } else if let values = test.included {
                for (index, value) in values.enumerated() {
                    let rest = values.count - index - 1
                    if rest == 0 { failures.append((code.count, false)) }
                    skip(BPFCode.jumpIfEqual, value, ifTrue: UInt8(rest))
                }
            } else {
                for value in test.excluded ?? [] {
                    failures.append((code.count, true))
                    skip(BPFCode.jumpIfEqual, value)
                }
            }
        }
        give(check.verdict)
        for (position, onTrue) in failures {
            let distance = UInt8(code.count - position - 1)
            if onTrue {
                code[position].jumpTrue = distance
            } else {
                code[position].jumpFalse = distance
            }
        }
    }

    private mutating func load(offset: UInt32) { append(BPFCode.loadWord, offset) }

    private mutating func give(_ verdict: Verdict) {
        append(BPFCode.returnValue, verdict.rawValue)
    }

    private mutating func append(_ instruction: UInt16, _ operand: UInt32) {
        skip(instruction, operand)
    }

    private mutating func skip(
        _ instruction: UInt16, _ operand: UInt32, ifTrue: UInt8 = 0, ifFalse: UInt8 = 0
    ) {
        code.append(
            BPFInstruction(
                code: instruction, jumpTrue: ifTrue, jumpFalse: ifFalse, operand: operand))
    }
}

extension SeccompPolicy.CheckRule {
    /// What becomes of a call that this check objects to.
    package var verdict: Verdict { report == true ? .notify : .errno(errno.code) }
}

extension SeccompPolicy.DenyRule {
    /// What becomes of the calls that this rule refuses.
    package var verdict: Verdict { report == true ? .notify : .errno(errno.code) }
}
