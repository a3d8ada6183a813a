internal import Glibc
internal import LinuxKernel
internal import RunModel
internal import Synchronization

/// A sandbox whose pid 1 has been started. Dropping it kills everything inside.
package struct RunningSandbox: ~Copyable, Sendable {
    var process: SandboxProcess
    let output: OwnedDescriptor
    let errors: OwnedDescriptor
    var input: InputPump
    var scratch: OwnedDescriptor?
    let cgroup: SandboxCgroup?
    /// Opened when there is time for it, as the end of a run is waited for.
    var finalFigures: CgroupFinalFigures?
    let lease: SandboxLease
    var record: RunRecord
    package let control: SandboxControl
    /// Where what is left of it goes at its end; `nil` takes it apart before the result is there.
    var retired: RetiredSandboxes?

    /// Does nothing where they are open, or where there are no groups.
    mutating func openFinalFigures() {
        switch finalFigures {
        case .some: return
        case .none: break
        }
        switch cgroup {
        case .some(let group): finalFigures = CgroupFinalFigures(of: group)
        case .none: break
        }
    }

    /// Pid 1, as seen from the host.
    package var processIdentifier: Int32 { process.processIdentifier }

    /// Waits for the end of the run on the calling thread, and takes its output.
    ///
    /// - Parameter onUsage: told now and then what is in use, the seldomer the longer it takes.
    /// - Throws: `SandboxError` when set-up failed in pid 1; nothing was run then.
    package consuming func wait(
        onOutput: ((OutputStream, ArraySlice<UInt8>) -> Void)? = nil,
        onUsage: ((SandboxUsage) -> Void)? = nil
    ) throws(SandboxError) -> SandboxResult {
        let control = control
        defer { control.finish() }
        var supervisor = SandboxSupervisor(sandbox: self, onOutput: onOutput, onUsage: onUsage)
        try supervisor.supervise()
        return supervisor.takeResult()
    }
}

/// Sandboxes in which nothing runs any more and pid 1 has said its last word, but whose pid 1 is not
/// reaped and whose groups are not removed yet: work that a caller need not wait for.
final class RetiredSandboxes: Sendable {
    private let places = Mutex<[Place]>([])

    /// Holds one, as an array cannot.
    private final class Place: Sendable {
        // Never taken out: it is taken apart with its place.
        private let sandbox: RunningSandbox

        init(_ sandbox: consuming RunningSandbox) { self.sandbox = sandbox }
    }

    func take(_ sandbox: consuming RunningSandbox) {
        let place = Place(sandbox)
        places.withLock { $0.append(place) }
    }

    /// Takes apart what has come so far, on the calling thread.
    func dispose() {
        let taken = places.withLock { places in
            defer { places = [] }
            return places
        }
        _ = consume taken
    }
}
