internal import RunModel

/// The variables that a command sees: made here, not inherited.
struct SandboxEnvironment {
    let request: SandboxRequest
    let facts: HostFacts

    var searchPath: String {
        if let path = request.environment["PATH"] { return path }
        switch request.root {
        case .host where !facts.searchPath.isEmpty:
            return facts.searchPath.joined(separator: ":")
        default: return Self.plainPath
        }
    }

    private static let plainPath = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

    /// Sorted by name.
    var variables: [(name: String, value: String)] {
        var variables = [
            "DRYDOCK": "1",
            "DRYDOCK_REPORTS": SandboxRequest.reportsDirectory,
            "HOME": SandboxRequest.homeDirectory,
            "LANG": "C.UTF-8",
            "LOGNAME": "sandbox",
            "PATH": searchPath,
            "SHELL": "/bin/sh",
            "TMPDIR": "/tmp",
            "USER": "sandbox",
        ]
        if request.terminal != nil { variables["TERM"] = "xterm-256color" }
        // Version managers look below HOME, which is an empty one here: they are told where.
        for root in facts.toolchains where request.root == .host {
            if root.hasSuffix("/.rustup") { variables["RUSTUP_HOME"] = root }
            if root.hasSuffix("/.pyenv") { variables["PYENV_ROOT"] = root }
        }
        variables.merge(request.environment) { _, asked in asked }
        return variables.sorted { $0.key < $1.key }.map { (name: $0.key, value: $0.value) }
    }
}
