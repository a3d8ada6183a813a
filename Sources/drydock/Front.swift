internal import Glibc
internal import LinuxKernel
internal import RunModel
internal import Sandboxing

/// What `drydock ARGUMENTS...` does.
struct Front {
    let arguments: [String]
    let environment: VariableList

    init(arguments: [String]) {
        self.arguments = arguments
        environment = Self.ownEnvironment()
    }

    /// Returns the exit status.
    func run() -> Int32 {
        switch arguments.dropFirst().first {
        case "run":
            do throws(SandboxError) {
                let options = try RunOptions.parse(Array(arguments.dropFirst(2)))
                let worktree = CachedWorktree(options: options)
                if options.needsTool, worktree == nil { return handOver() }
                return try RunCommand(
                    options: options, environment: environment, addition: worktree
                ).run(handOver: handOver)
            } catch {
                let isNoProcess = error.kind == .host && !Self.hasProcessFiles
                Self.complain((isNoProcess ? Self.lacksProcessFiles : error).description)
                return error.exitStatus
            }
        case "spawner":
            do throws(SandboxError) {
                return try spawner(Array(arguments.dropFirst(2))).run()
            } catch {
                Self.complain(error.description)
                return error.exitStatus
            }
        case "--version":
            Self.say("drydock \(DrydockVersion.text)\n")
            return 0
        case "gate": return handOver(to: ["drydock-gate", "drydock-tool"])
        default: return handOver()
        }
    }

    /// `drydock spawner DIRECTORY OWNER-ID PROFILES [IMAGE-DIRECTORY...]`: a part of the service,
    /// which starts it; here because it has to be small, as every sandbox that lives is a copy.
    private func spawner(_ arguments: [String]) throws(SandboxError) -> LiveSpawner {
        guard arguments.count >= 3, arguments[0].hasPrefix("/"), let owner = UInt32(arguments[1])
        else {
            throw SandboxError(
                .request, "spawner is a part of 'drydock serve' and is started by it",
                remedy: "run 'drydock serve'")
        }
        return try LiveSpawner(
            directory: arguments[0], profiles: arguments[2].split(separator: ",").map(String.init),
            imageRoots: Array(arguments.dropFirst(3)), owner: owner, environment: environment)
    }

    /// Where programs of this installation lie, and what sandboxes are made with, is read there.
    private static var hasProcessFiles: Bool { access("/proc/self/exe", F_OK) == 0 }

    private static var lacksProcessFiles: SandboxError {
        SandboxError(
            .host, "/proc is not mounted, and nothing can be started without it",
            remedy: "mount -t proc proc /proc")
    }

    private func handOver() -> Int32 { handOver(to: ["drydock-tool"]) }

    /// Becomes the first of these programs that is installed, with the same arguments.
    private func handOver(to programs: [String]) -> Int32 {
        let store = CompiledProfileStore(environment: environment)
        guard let tool = programs.lazy.compactMap(store.path).first else {
            Self.complain(
                !Self.hasProcessFiles
                    ? Self.lacksProcessFiles.description
                    : "drydock-tool is not beside drydock, nor in ../libexec/drydock; "
                        + "install Drydock again")
            return 125
        }
        let error = HostProgram.become(tool, arguments: ["drydock"] + arguments.dropFirst())
        Self.complain(error.description)
        return 125
    }

    private static func ownEnvironment() -> VariableList {
        var variables = VariableList()
        var place = environ
        while let entry = place.pointee {
            place += 1
            guard let sign = strchr(entry, Int32(UInt8(ascii: "="))) else { continue }
            // SAFETY: strchr(3) found the sign within the string that ends in a NUL.
            let name = UnsafeRawBufferPointer(start: entry, count: sign - entry)
            variables.append(String(decoding: name, as: UTF8.self), String(cString: sign + 1))
        }
        return variables
    }

    static func say(_ text: String) { StandardStreams.write(Array(text.utf8)[...], to: 1) }

    static func complain(_ text: String) {
        StandardStreams.write(Array(("drydock: " + text + "\n").utf8)[...], to: 2)
    }
}
