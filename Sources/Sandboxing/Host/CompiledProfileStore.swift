internal import Glibc
internal import LinuxKernel
package import RunModel

/// Finds compiled profiles: shipped ones beside the executable, others in the cache. What is in
/// neither is compiled by the full tool, once.
package struct CompiledProfileStore: Sendable {
    /// Of the running executable.
    let executableDirectory: String
    let cacheDirectory: String

    package init(environment: VariableList) {
        let own = FileKind.linkTarget("/proc/self/exe") ?? ""
        executableDirectory = own.lastIndex(of: "/").map { String(own[..<$0]) } ?? ""
        if geteuid() == 0 {
            cacheDirectory = "/var/cache/drydock/profiles"
        } else if let cache = environment["XDG_CACHE_HOME"], cache.hasPrefix("/") {
            cacheDirectory = cache + "/drydock/profiles"
        } else {
            cacheDirectory = (environment["HOME"] ?? "/tmp") + "/.cache/drydock/profiles"
        }
    }

    /// The full tool.
    package var toolPath: String? { path(ofProgram: "drydock-tool") }

    /// A program of this installation, beside the executable or where it is installed.
    package func path(ofProgram name: String) -> String? {
        ["/../libexec/drydock/", "/"].map { executableDirectory + $0 + name }
            .first { access($0, X_OK) == 0 }
    }

    /// - Parameter name: a shipped profile's name, or a path of a compiled or a YAML profile.
    package func load(_ name: String) throws(SandboxError) -> CompiledProfile {
        if !name.contains("/") {
            for directory in shippedDirectories {
                let path = directory + "/" + name + ".ddprof"
                if FileKind.of(path) == .regular { return try read(path) }
            }
        } else {
            guard FileKind.of(name) == .regular else {
                throw SandboxError(
                    .request, "the profile \(name) is no readable file",
                    remedy: "give a shipped name (build, strict, debug) or a path")
            }
            if let profile = try? read(name) { return profile }
        }
        return try compile(name)
    }

    private var shippedDirectories: [String] {
        [executableDirectory + "/../libexec/drydock/profiles", executableDirectory + "/profiles"]
    }

    private func read(_ path: String) throws(SandboxError) -> CompiledProfile {
        do {
            let bytes = try SmallFile.read(path, byteLimit: 4 << 20)
            return try CompiledProfileCoding.decode(bytes, readsNotifications: false)
        } catch {
            throw SandboxError(
                .request, "the compiled profile \(path) cannot be used: \(error)",
                remedy: "remove it, it will be made anew")
        }
    }

    /// Asks the full tool, which has libseccomp and reads YAML, and keeps what it makes. The
    /// cache is keyed by the tool's own build and, for a file, by its content's checksum.
    private func compile(_ name: String) throws(SandboxError) -> CompiledProfile {
        guard let tool = toolPath else {
            throw SandboxError(
                .host, "the profile \(name) is not compiled, and drydock-tool is not installed",
                remedy: "install Drydock again, or run 'make install'")
        }
        let key: String
        do throws(SystemError) {
            try SandboxLease.prepare(directory: cacheDirectory)
            key = try cacheKey(name, tool: tool)
        } catch {
            throw SandboxError(error, remedy: "see that \(cacheDirectory) and \(name) can be read")
        }
        let path = cacheDirectory + "/" + key + ".ddprof"
        if let profile = try? read(path) { return profile }
        let made: (status: Int32, errors: String)
        do throws(SystemError) {
            made = try HostProgram.runTakingErrors(
                [tool, "profile", "compile", name, "--output", path])
        } catch { throw SandboxError(error) }
        guard made.status == 0 else {
            // One line, without the word that the tool begins with.
            var said = made.errors.split(separator: "\n").joined(separator: " ")
            if said.hasPrefix("Error: ") { said.removeFirst("Error: ".utf8.count) }
            throw SandboxError(
                .request, "the profile \(name) could not be compiled: \(said)",
                remedy: said.isEmpty ? "run 'drydock policy check \(name)'" : "")
        }
        return try read(path)
    }

    private func cacheKey(_ name: String, tool: String) throws(SystemError) -> String {
        let build = try FileStamp(path: tool)
        guard name.contains("/") else { return "\(name)-\(build.text)" }
        let content = try SmallFile.read(name, byteLimit: 1 << 20)
        let checksum = CompiledProfileCoding.checksum(content[...])
        return "file-\(String(checksum, radix: 16))-\(build.text)"
    }
}
