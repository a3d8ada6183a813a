internal import Glibc
internal import LinuxKernel

/// Gives a sandbox's network namespace its way out. What it throws ends the start.
package protocol NetworkAttachment: Sendable {
    /// Called with the process id of what becomes pid 1, whose network namespace is there. Does not
    /// wait: the rest of the start goes on meanwhile.
    func begin(_ process: Int32) throws(SandboxError)
    /// Called while pid 1 performs its plan, and before the command is executed; returns when the way
    /// out is there.
    func finish() throws(SandboxError)
}

extension NetworkAttachment {
    func beginStart(_ process: Int32) throws(SystemError) {
        try Self.inStart { () throws(SandboxError) in try begin(process) }
    }

    func finishStart() throws(SystemError) {
        try Self.inStart { () throws(SandboxError) in try finish() }
    }

    private static func inStart(
        _ body: () throws(SandboxError) -> Void
    ) throws(SystemError) {
        do throws(SandboxError) { try body() } catch {
            throw SystemError(
                operation: "attach the network", subject: error.problem, errorNumber: ENETDOWN)
        }
    }
}
