extension SetupStep: CustomStringConvertible {
    /// One line, as `--explain` prints it and as errors name the step.
    package var description: String {
        switch self {
        case .privateMounts: "make all mounts private"
        case .unshare(let namespaces):
            "enter new namespaces: \(namespaces.names.joined(separator: ", "))"
        case .joinGroups: "join the control groups"
        case .hostname(let name): "set the host name to \(name)"
        case .loopbackUp: "raise the loopback interface"
        case .root(_, _, let inherited):
            inherited == nil ? "mount a tmpfs as the new root" : "mount the image as the new root"
        case .readyRoot(let path, _):
            path.map { "bind the ready-made root \($0) as the new root" }
                ?? "mount the ready-made root as the new root"
        case .directory(let path): "make the directory \(path)"
        case .symbolicLink(let target, let path): "link \(path) to \(target)"
        case .file(let path, _, let content): "write \(path) (\(content.count) bytes)"
        case .bind(let source, let target, let attributes, _, _):
            "bind \(source) to \(target) (\(attributes.text))"
        case .fileSystem(let type, let target, let attributes, let options):
            "mount \(type) on \(target) (\(([attributes.text] + options).filter { !$0.isEmpty }.joined(separator: ",")))"
        case .scratch(let bytes, let files, _):
            "make the scratch file system (\(bytes) bytes, \(files) files)"
        case .scratchBind(let name, let target, let mode, _):
            "bind scratch \(name) to \(target) (mode \(String(mode, radix: 8)))"
        case .overlay(let upper, let target, let lowers, _):
            "mount an overlay on \(target): \(lowers.joined(separator: ", ")) below scratch \(upper)"
        case .mask(let path): "mask \(path)"
        case .readOnly(let path): "make \(path) read-only"
        case .pivot: "make the root read-only, pivot into it, drop the old one"
        case .workingDirectory(let path): "change to \(path)"
        default: privilegeText
        }
    }

    private var privilegeText: String {
        switch self {
        case .limit(let kind, let soft, _): "limit \(kind.text) to \(soft)"
        case .landlock: "make a Landlock ruleset"
        case .landlockRule(let path, let access):
            "allow beneath \(path) in Landlock: access 0x\(String(access, radix: 16))"
        case .landlockEnforce(let tells): "enforce Landlock" + (tells ? ", with audit records" : "")
        case .terminal(let rows, let columns): "open a terminal of \(rows) by \(columns)"
        case .boundingSet(let last): "drop capabilities 0 to \(last) from the bounding set"
        case .user(let id): "become user and group \(id)"
        case .dropCapabilities: "drop all capabilities"
        case .noNewPrivileges: "set no new privileges"
        case .seccomp(let name, let program, let notifies):
            "install seccomp filter \(name) (\(program.count / 8) instructions"
                + (notifies ? ", with notifications)" : ")")
        case .pause: "wait for the command"
        case .awaitNetwork: "wait for the network"
        case .environment(let variables): "set \(variables.count) environment variables"
        case .command(let arguments, _, _): "run \(arguments.joined(separator: " "))"
        case .serve: "stay and take orders"
        default: ""
        }
    }
}
