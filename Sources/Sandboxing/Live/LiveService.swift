internal import Glibc
internal import JSONText
internal import LinuxKernel

/// Whether anybody can still ask for the sandbox.
extension LiveSupervisor {
    /// What was made in advance, and is nobody's yet, ends with its service; and whatever nobody can
    /// ask for any more, because its place was removed, ends too.
    func lookAtService() {
        let isFollowed = connections.contains { if case .follow = $0.use { true } else { false } }
        if isFollowed {
            wasFollowed = true
        } else if wasFollowed, specification.note["pool"]?.boolValue == true {
            endReason = "the service that made it in advance is gone"
            isEnding = true
        }
        let now = Clock.milliseconds
        guard now >= nextPlaceLook else { return }
        nextPlaceLook = now + LiveSupervisor.placeLookMilliseconds
        if access(directory + "/" + LivePlace.socketName, F_OK) != 0, errno == ENOENT {
            endReason = "its place was removed"
            isEnding = true
        }
    }
}
