internal import RunModel

/// The variables that a command sees: made here, not inherited.
struct SandboxEnvironment {
    let request: SandboxRequest
    let facts: HostFacts

    var searchPath: String {
        if let path = request.environment["PATH"] { return path }
        switch request.root {
        case .host where !facts.searchPath.isEmpty:
            // By hand: joined(separator:) is generic code that looks types up at run time.
            var text = ""
            for path in facts.searchPath { text += text.isEmpty ? path : ":" + path }
            return text
        default: return Self.plainPath
        }
    }

    private static let plainPath = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

    /// Sorted by name.
    var variables: [(name: String, value: String)] {
        var variables: [(name: String, value: String)] = [
            ("DRYDOCK", "1"),
            ("DRYDOCK_REPORTS", SandboxRequest.reportsDirectory),
            ("HOME", request.account.home),
            ("LANG", "C.UTF-8"),
            ("LOGNAME", request.account.name),
            ("PATH", searchPath),
            ("SHELL", "/bin/sh"),
            ("TMPDIR", "/tmp"),
            ("USER", request.account.name),
        ]
        func set(_ name: String, _ value: String) {
            if let index = variables.firstIndex(where: { $0.name == name }) {
                variables[index].value = value
            } else {
                variables.append((name, value))
            }
        }
        if request.terminal != nil { set("TERM", "xterm-256color") }
        // Version managers look below HOME, which is an empty one here: they are told where.
        for root in facts.toolchains where request.root == .host {
            if root.hasSuffix("/.rustup") { set("RUSTUP_HOME", root) }
            if root.hasSuffix("/.pyenv") { set("PYENV_ROOT", root) }
        }
        for variable in request.environment.variables { set(variable.name, variable.value) }
        return variables.sorted { $0.name < $1.name }
    }
}
