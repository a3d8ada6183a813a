import RunModel
import Testing

@Suite struct CompiledProfileTests {
    private var profile: CompiledProfile {
        var settings = SandboxProfile(name: "build", seccomp: "build")
        settings.network = .allow(["example.org"])
        settings.etcEntries = ["ssl/certs"]
        settings.limits.cpuTimeMilliseconds = 5
        settings.permittedDegradations = ["cgroup"]
        return CompiledProfile(
            settings: settings, digest: "abc", auditArchitecture: 0xc000_003e,
            filters: [
                SeccompProgram(instructions: [
                    BPFInstruction(code: 6, jumpTrue: 1, jumpFalse: 2, operand: 0x7fff_0000)
                ]),
                SeccompProgram(instructions: [], notifies: true),
            ],
            notifications: [
                NotificationRule(
                    systemCall: 101, name: "ptrace",
                    conditions: [
                        ArgumentCondition(index: 5, mask: .max, value: 7, isNegated: true)
                    ],
                    errorNumber: 1, rule: "r", hint: "h", arguments: ArgumentKind.allCases)
            ])
    }

    @Test func survivesItsFile() throws {
        #expect(try CompiledProfileCoding.decode(CompiledProfileCoding.encode(profile)) == profile)
    }

    @Test func everyCutIsRefused() {
        let bytes = CompiledProfileCoding.encode(profile)
        for count in 0..<bytes.count {
            #expect(throws: CodingFailure.self) {
                _ = try CompiledProfileCoding.decode(Array(bytes.prefix(count)))
            }
        }
    }

    @Test func everyChangedByteIsRefused() {
        let bytes = CompiledProfileCoding.encode(profile)
        for index in bytes.indices {
            var damaged = bytes
            damaged[index] ^= 0x40
            #expect(throws: CodingFailure.self) {
                _ = try CompiledProfileCoding.decode(damaged)
            }
        }
    }
}
