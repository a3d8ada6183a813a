internal import Glibc
internal import LinuxKernel
internal import RunModel

/// A sandbox whose pid 1 has been started. Dropping it kills everything inside.
package struct RunningSandbox: ~Copyable, Sendable {
    var process: SandboxProcess
    let output: OwnedDescriptor
    let errors: OwnedDescriptor
    var input: InputPump
    var scratch: OwnedDescriptor?
    let cgroup: SandboxCgroup?
    let lease: SandboxLease
    var record: RunRecord
    package let control: SandboxControl

    /// Pid 1, as seen from the host.
    package var processIdentifier: Int32 { process.processIdentifier }

    /// Waits for the end of the run on the calling thread, and takes its output.
    ///
    /// - Throws: `SandboxError` when set-up failed in pid 1; nothing was run then.
    package consuming func wait(
        onOutput: ((OutputStream, ArraySlice<UInt8>) -> Void)? = nil
    ) throws(SandboxError) -> SandboxResult {
        let control = control
        defer { control.finish() }
        var supervisor = SandboxSupervisor(sandbox: self, onOutput: onOutput)
        try supervisor.supervise()
        return supervisor.takeResult()
    }
}
