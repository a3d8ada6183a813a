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
                if options.needsTool { return handOver() }
                return try RunCommand(options: options, environment: environment)
                    .run(handOver: handOver)
            } catch {
                Self.complain(error.description)
                return error.exitStatus
            }
        case "--version":
            Self.say("drydock \(DrydockVersion.text)\n")
            return 0
        default: return handOver()
        }
    }

    /// Becomes the full tool, with the same arguments.
    private func handOver() -> Int32 {
        guard let tool = CompiledProfileStore(environment: environment).toolPath else {
            Self.complain(
                "drydock-tool is not beside drydock, nor in ../libexec/drydock; install Drydock again"
            )
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
