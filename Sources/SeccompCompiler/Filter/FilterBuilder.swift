internal import CSeccomp
internal import Glibc
internal import RunModel

/// One libseccomp filter context: owned, released once.
struct FilterBuilder: ~Copyable {
    private let context: scmp_filter_ctx

    /// A filter for the native architecture alone; calls of any other ABI kill the process.
    static func make(default verdict: Verdict) throws(SeccompFailure) -> FilterBuilder {
        // Level 5 has notifications. It is set, not probed: the filter may run on another kernel.
        try check(seccomp_api_set(5), "seccomp_api_set")
        let builder = try FilterBuilder(default: verdict)
        try builder.attribute(SCMP_FLTATR_ACT_BADARCH, Verdict.killProcess.rawValue)
        // A binary tree: half the instructions on the way to a verdict, and half the install time.
        try builder.attribute(SCMP_FLTATR_CTL_OPTIMIZE, 2)
        return builder
    }

    private init(default verdict: Verdict) throws(SeccompFailure) {
        guard let context = seccomp_init(verdict.rawValue) else {
            throw SeccompFailure(operation: "seccomp_init", code: ENOMEM)
        }
        self.context = context
    }

    deinit { seccomp_release(context) }

    /// - Parameter conditions: all must hold; not negated.
    func add(
        _ verdict: Verdict, call: Int32, conditions: [ArgumentCondition] = []
    ) throws(SeccompFailure) {
        let tests = conditions.map { condition in
            scmp_arg_cmp(
                arg: UInt32(condition.index), op: SCMP_CMP_MASKED_EQ, datum_a: condition.mask,
                datum_b: condition.value)
        }
        let result = seccomp_rule_add_array(
            context, verdict.rawValue, call, UInt32(tests.count), tests)
        try Self.check(result, "seccomp_rule_add for call \(call)")
    }

    /// The program as the kernel takes it.
    func export() throws(SeccompFailure) -> [BPFInstruction] {
        var ends: [CInt] = [-1, -1]
        // A program has at most 4096 instructions of 8 bytes: half of what a pipe holds.
        guard pipe(&ends) == 0 else { throw SeccompFailure(operation: "pipe", code: Glibc.errno) }
        defer {
            close(ends[0])
            if ends[1] >= 0 { close(ends[1]) }
        }
        try Self.check(seccomp_export_bpf(context, ends[1]), "seccomp_export_bpf")
        close(ends[1])
        ends[1] = -1
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 64 << 10)
        while true {
            let count = read(ends[0], &chunk, chunk.count)
            if count < 0 && Glibc.errno == EINTR { continue }
            guard count >= 0 else { throw SeccompFailure(operation: "read", code: Glibc.errno) }
            if count == 0 { break }
            bytes += chunk[..<count]
        }
        return stride(from: 0, to: bytes.count - bytes.count % 8, by: 8).map { offset in
            BPFInstruction(
                code: UInt16(bytes[offset]) | UInt16(bytes[offset + 1]) << 8,
                jumpTrue: bytes[offset + 2], jumpFalse: bytes[offset + 3],
                operand: (0..<4).reduce(0) { $0 | UInt32(bytes[offset + 4 + $1]) << ($1 * 8) })
        }
    }

    private func attribute(
        _ name: scmp_filter_attr, _ value: UInt32
    ) throws(SeccompFailure) {
        try Self.check(seccomp_attr_set(context, name, value), "seccomp_attr_set \(name.rawValue)")
    }

    private static func check(_ result: CInt, _ operation: String) throws(SeccompFailure) {
        guard result >= 0 else { throw SeccompFailure(operation: operation, code: -result) }
    }
}

/// libseccomp refused something.
package struct SeccompFailure: Error, Sendable, Equatable, CustomStringConvertible {
    package var operation: String
    /// errno, positive.
    package var code: Int32

    package var description: String {
        "\(operation) failed: \(String(cString: strerror(code))). "
            + "Drydock needs libseccomp 2.5 or newer; check that libseccomp2 is installed"
    }
}
