internal import Glibc

/// Stopping every process of a group at once, pid 1 too, and letting them go on: the v1 `freezer`
/// controller, and `cgroup.freeze` of v2.
extension SandboxCgroup {
    /// - Throws: `ENODEV` when there is no freezer, `ETIMEDOUT` when a process does not stop (one
    ///   that hangs in the kernel); what was stopped goes on then.
    package borrowing func freeze() throws(SystemError) {
        let place = try freezer()
        try SmallFile.write(place.isV2 ? "1" : "FROZEN", to: place.path)
        for attempt in 0..<400 {
            if isFrozen(place) { return }
            usleep(attempt < 20 ? 100 : 5000)
            // v1 gives up on a process that was being stopped by a signal: ask once more.
            if !place.isV2, attempt % 20 == 19 { try SmallFile.write("FROZEN", to: place.path) }
        }
        try SmallFile.write(place.isV2 ? "0" : "THAWED", to: place.path)
        throw SystemError(operation: "freeze", subject: place.path, errorNumber: ETIMEDOUT)
    }

    package borrowing func thaw() throws(SystemError) {
        let place = try freezer()
        try SmallFile.write(place.isV2 ? "0" : "THAWED", to: place.path)
    }

    private borrowing func freezer() throws(SystemError) -> (path: String, isV2: Bool) {
        for directory in directories {
            if directory.isV2 { return (directory.path + "/cgroup.freeze", true) }
            if directory.controllers.contains("freezer") {
                return (directory.path + "/freezer.state", false)
            }
        }
        throw SystemError(
            operation: "find the cgroup controller", subject: "freezer", errorNumber: ENODEV)
    }

    private borrowing func isFrozen(_ place: (path: String, isV2: Bool)) -> Bool {
        if place.isV2 {
            let events = String(place.path.dropLast("cgroup.freeze".count)) + "cgroup.events"
            return (try? SmallFile.readText(events))?.contains("frozen 1") ?? false
        }
        return (try? SmallFile.readText(place.path))?.hasPrefix("FROZEN") ?? false
    }
}
