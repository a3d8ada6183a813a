import LinuxKernel
import RunModel
import Testing

@testable import Sandboxing

/// Sandboxes with a small filter of their own, so that these tests need no libseccomp.
enum TestSandbox {
    static let environment: VariableList = [
        "PATH": "/usr/local/bin:/usr/bin:/bin", "HOME": "/root",
    ]

    static func host(
        keepsRootTrees: Bool = true, rootTreesDirectory: String? = nil
    ) throws -> SandboxHost {
        try SandboxHost(
            initPath: SandboxHost.defaultInitPath(), environment: environment,
            keepsRootTrees: keepsRootTrees, rootTreesDirectory: rootTreesDirectory)
    }

    /// Allows everything but `ptrace`, which is reported.
    static func profile(degrade: [String] = []) -> CompiledProfile {
        var settings = SandboxProfile(name: "test", seccomp: "test")
        settings.etcEntries = ["alternatives", "ld.so.cache"]
        settings.maskedPaths = ["/proc/keys", "/proc/acpi", "/proc/nothing-of-that-name"]
        settings.readOnlyPaths = ["/proc/sys"]
        settings.devices = ["full", "null", "random", "urandom", "zero"]
        settings.permittedDegradations = degrade
        let ptrace = SystemCallNumbers.ptrace
        let load = BPFInstruction(code: 0x20, jumpTrue: 0, jumpFalse: 0, operand: 0)
        func jump(_ number: Int32, past count: UInt8) -> BPFInstruction {
            BPFInstruction(
                code: 0x15, jumpTrue: 0, jumpFalse: count, operand: UInt32(bitPattern: number))
        }
        func answer(_ value: UInt32) -> BPFInstruction {
            BPFInstruction(code: 6, jumpTrue: 0, jumpFalse: 0, operand: value)
        }
        let notify: UInt32 = 0x7fc0_0000
        let allow: UInt32 = 0x7fff_0000
        let kill: UInt32 = 0x8000_0000
        return CompiledProfile(
            settings: settings, digest: "00", auditArchitecture: 0,
            filters: [
                SeccompProgram(
                    instructions: [
                        load, jump(ptrace, past: 1), answer(notify),
                        jump(SystemCallNumbers.acct, past: 1), answer(kill), answer(allow),
                    ], notifies: true)
            ],
            notifications: [
                NotificationRule(
                    systemCall: ptrace, name: "ptrace", errorNumber: 1, rule: "test:ptrace",
                    hint: "use the debug profile", arguments: [.decimal, .decimal])
            ])
    }

    static func request(_ command: String...) -> SandboxRequest {
        var request = SandboxRequest(command: command, profile: profile())
        request.limits.diskBytes = 64 << 20
        request.limits.memoryBytes = 256 << 20
        request.limits.wallMilliseconds = 60_000
        return request
    }

    static func shell(_ script: String) -> SandboxRequest { request("/bin/sh", "-c", script) }

    static func run(_ request: SandboxRequest) throws -> SandboxResult {
        try Sandbox.run(request, on: try host())
    }

    static func output(_ script: String) throws -> String {
        String(decoding: try run(shell(script)).standardOutput, as: UTF8.self)
    }
}

enum SystemCallNumbers {
    #if arch(x86_64)
    static let ptrace: Int32 = 101
    static let acct: Int32 = 163
    #else
    static let ptrace: Int32 = 117
    static let acct: Int32 = 89
    #endif
}
