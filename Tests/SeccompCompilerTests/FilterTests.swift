import RunModel
import SeccompCompiler
import Testing

let policyDirectory =
    #filePath.replacing("/Tests/SeccompCompilerTests/FilterTests.swift", with: "")
    + "/Policies"

/// One profile's installed filter, and what its policy says.
private struct Subject {
    let oracle: PolicyOracle
    let filters: [BPFInterpreter]
    let notifications: [NotificationRule]

    init(_ name: String) throws {
        let policy = try EffectivePolicy(name, from: PolicyLibrary(root: policyDirectory))
        let output = try FilterCompiler(policy).compile()
        oracle = PolicyOracle(policy: policy)
        filters = output.filters.map { BPFInterpreter(program: $0.instructions) }
        notifications = output.notifications
    }

    func verdict(_ call: BPFInterpreter.Call) throws -> Verdict? {
        Verdict.strictest(try filters.map { try $0.run(call).verdict })
    }

    /// The first rule that the supervisor would find.
    func notification(_ call: BPFInterpreter.Call) -> NotificationRule? {
        notifications.first { rule in
            rule.systemCall == Int32(call.number)
                && rule.conditions.allSatisfy { condition in
                    let argument = call.arguments[Int(condition.index)]
                    return (argument & condition.mask == condition.value) != condition.isNegated
                }
        }
    }
}

@Suite struct FilterTests {
    static let profiles = ["build", "debug", "strict"]

    @Test(arguments: profiles)
    func everyNumberGetsTheVerdictOfThePolicy(profile: String) throws {
        let subject = try Subject(profile)
        for number in UInt32(0)...1023 {
            let call = BPFInterpreter.Call(number: number)
            let name = SystemCallTable.name(of: Int32(number))
            let expected = subject.oracle.verdict(name: name, arguments: call.arguments)
            #expect(try subject.verdict(call) == expected, "\(number) \(name ?? "unused")")
        }
    }

    @Test(arguments: profiles)
    func everyCheckedArgumentGetsTheVerdictOfThePolicy(profile: String) throws {
        let subject = try Subject(profile)
        for name in Set(subject.oracle.policy.checks.map(\.call)) {
            let number = try #require(try SystemCallTable.number(of: name, in: profile))
            let checks = subject.oracle.policy.checks.filter { $0.call == name }
            var failures: [String] = []
            for arguments in ArgumentSamples.all(of: checks) {
                let call = BPFInterpreter.Call(number: UInt32(number), arguments: arguments)
                let expected = subject.oracle.verdict(name: name, arguments: arguments)
                let actual = try subject.verdict(call)
                // What notifies finds its rule, and what does not has none.
                let isReported = subject.notification(call) != nil
                if actual != expected || isReported != (actual == .notify) {
                    failures.append("\(arguments): \(String(describing: actual)) \(isReported)")
                }
            }
            #expect(failures.isEmpty, "\(name): \(failures.prefix(3))")
        }
    }

    /// The proof can fail: a program with one wrong verdict is found out.
    @Test func aWrongProgramIsNoticed() throws {
        let policy = try EffectivePolicy("build", from: PolicyLibrary(root: policyDirectory))
        let compiler = FilterCompiler(policy)
        let filters = try compiler.compile().filters
        #expect(
            try FilterProof.difference(
                between: filters, and: compiler.reference(), policy: policy) == nil)
        var found = 0
        let values = filters[0].instructions.indices.filter {
            filters[0].instructions[$0].code == 0x06
        }
        for index in values {
            var wrong = filters
            let isAllow = wrong[0].instructions[index].operand == Verdict.allow.rawValue
            wrong[0].instructions[index].operand =
                (isAllow ? Verdict.errno(1) : .allow).rawValue
            if try FilterProof.difference(between: wrong, and: filters, policy: policy) != nil {
                found += 1
            }
        }
        #expect(found == values.count)
    }

    @Test(arguments: profiles)
    func foreignABIsAreKilled(profile: String) throws {
        let subject = try Subject(profile)
        for number in UInt32(0)...1023 {
            var call = BPFInterpreter.Call(number: number | 0x4000_0000)
            #expect(try subject.verdict(call) == .killProcess, "x32 \(number)")
            // AUDIT_ARCH_I386, AUDIT_ARCH_AARCH64, AUDIT_ARCH_ARM.
            for architecture: UInt32 in [0x4000_0003, 0xC000_00B7, 0x4000_0028] {
                call = BPFInterpreter.Call(number: number, architecture: architecture)
                #expect(try subject.verdict(call) == .killProcess, "\(architecture) \(number)")
            }
        }
    }

    /// Unknown numbers far beyond the table, negative ones too, are refused as unknown or killed.
    @Test(arguments: profiles)
    func noNumberBeyondTheTableIsLetThrough(profile: String) throws {
        let subject = try Subject(profile)
        for shift in 10..<32 {
            for offset: UInt32 in [0, 1, 39, 59, 101, 425] {
                let verdict = try subject.verdict(.init(number: (1 << UInt32(shift)) | offset))
                #expect(verdict == .errno(38) || verdict == .killProcess)
            }
        }
        // -1 is how a tracer skips a call.
        #expect(try subject.verdict(.init(number: .max)) == .errno(38))
    }

    /// Depth decides the time to install, which the kernel spends by running the program for each
    /// number; and its bitmap of calls that are always allowed needs a verdict from the number alone.
    @Test(arguments: profiles)
    func programsAreSmallAndShallow(profile: String) throws {
        let subject = try Subject(profile)
        let filter = try #require(subject.filters.first)
        #expect(subject.filters.count == 1 && filter.program.count < 450)
        for number in UInt32(0)...511 {
            guard let name = SystemCallTable.name(of: Int32(number)),
                !subject.oracle.policy.checks.contains(where: { $0.call == name })
            else { continue }
            #expect(try filter.run(.init(number: number)).steps < 18)
        }
    }

    /// The verdicts that the threats document asks for by number, written out.
    @Test(
        arguments: [
            (41, [38, 5, 0], Verdict.notify), (41, [16, 3, 6], .notify), (41, [16, 3, 0], .allow),
            (41, [2, 3, 1], .notify), (41, [2, 1, 0], .allow), (41, [2, 0x80801, 0], .allow),
            (41, [2, 0x80803, 0], .notify), (41, [33, 2, 2], .notify), (41, [2, 2, 1], .notify),
            (16, [0, 0x1_0000_5412], .notify), (16, [0, 0x5413], .allow),
            (16, [0, 0xB702], .notify),
            (425, [1], .notify), (435, [0], .errno(38)), (56, [0x1000_0000], .notify),
            (56, [0x3D0F00], .allow), (135, [0x4_0000], .notify), (135, [0xFFFF_FFFF], .allow),
            (133, [0, 0o60644], .notify), (133, [0, 0o10644], .allow), (272, [0], .notify),
            (54, [3, 6, 31], .notify), (54, [3, 6, 1], .allow), (304, [0], .notify),
        ] as [(UInt32, [UInt64], Verdict)])
    func buildRefusesTheKnownAttacks(number: UInt32, arguments: [UInt64], expected: Verdict) throws
    {
        let padded = arguments + Array(repeating: 0, count: 6 - arguments.count)
        let subject = try Subject("build")
        #expect(try subject.verdict(.init(number: number, arguments: padded)) == expected)
    }
}
