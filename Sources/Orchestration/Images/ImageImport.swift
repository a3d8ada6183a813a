internal import Foundation
internal import Images
internal import LinuxKernel
internal import RunModel
internal import Sandboxing
internal import SeccompCompiler

/// Unpacks an image in a sandbox: skopeo and umoci see the source read-only, one directory to write
/// to, and nothing else.
struct ImageImport {
    private let host: SandboxHost
    private let profile: ProfileCompiler

    init(environment: [String: String]) throws {
        for program in ["skopeo", "umoci"] where HostProgram.find(program) == nil {
            throw PortError(
                operation: "importing", subject: "an image", reason: "\(program) is not installed",
                remedy: "apt-get install skopeo umoci")
        }
        host = try SandboxHost(
            initPath: SandboxHost.defaultInitPath(), environment: VariableList(environment))
        profile = ProfileCompiler(library: try ShippedPolicies.library())
    }

    /// Makes `making/rootfs`.
    ///
    /// - Returns: the variables that the image's configuration sets.
    func unpack(
        _ path: String, isLayout: Bool, tag: String?, in making: String, byteLimit: Int64
    ) throws -> [String] {
        let target = making + "/target"
        try FileManager.default.createDirectory(
            atPath: target, withIntermediateDirectories: false,
            attributes: [.posixPermissions: 0o700])
        try copy(path, isLayout: isLayout, tag: tag, to: target, byteLimit: byteLimit)
        let result = try run(
            ImageUnpacking.unpackCommand, source: path, target: target, byteLimit: byteLimit)
        let bundle = target + "/bundle"
        // What lies here was written by what ran inside: no link of it is followed.
        guard result.exitCode == 0, FileKind.isRealDirectory(bundle),
            FileKind.isRealDirectory(bundle + "/rootfs")
        else { throw failure(path, result.message) }
        let environment = ImageUnpacking.environment(ofBundle: bundle)
        try FileManager.default.moveItem(atPath: bundle + "/rootfs", toPath: making + "/rootfs")
        try FileManager.default.removeItem(atPath: target)
        return environment
    }

    private func copy(
        _ path: String, isLayout: Bool, tag: String?, to target: String, byteLimit: Int64
    ) throws {
        let transports: [ImageUnpacking.Transport] =
            isLayout ? [.openContainerLayout] : [.openContainerArchive, .dockerArchive]
        var messages: [String] = []
        for transport in transports {
            let result = try run(
                ImageUnpacking.copyCommand(from: transport, tag: tag), source: path,
                target: target, byteLimit: byteLimit)
            if result.exitCode == 0 { return }
            messages.append("as \(transport.rawValue): \(result.message)")
            if result.isStopped { break }
        }
        throw failure(path, messages.joined(separator: "; "))
    }

    private func failure(_ path: String, _ reason: String) -> PortError {
        PortError(
            operation: "importing", subject: "the image \(path)", reason: reason,
            remedy: "Give an OCI layout, an OCI archive or what 'docker save' writes, and --tag "
                + "when it holds several images")
    }

    private struct Outcome {
        var exitCode: Int32
        var message: String
        var isStopped: Bool
    }

    private func run(
        _ command: [String], source: String, target: String, byteLimit: Int64
    ) throws -> Outcome {
        var request = SandboxRequest(command: command, profile: try profile.compile("build"))
        request.limits.wallMilliseconds = 15 * 60 * 1000
        request.network = .none
        request.binds = [
            BindSpecification(source: source, target: ImageUnpacking.sourcePath),
            BindSpecification(
                source: target, target: ImageUnpacking.targetPath, isWritable: true),
        ]
        let running = try Sandbox.start(request, on: host)
        let watch = SizeWatch(directory: target, byteLimit: byteLimit, control: running.control)
        let result = try running.wait()
        let hasOverflown = watch.stop()
        if hasOverflown {
            return Outcome(
                exitCode: 1, message: "it is larger than \(byteLimit >> 20) MiB when unpacked",
                isStopped: true)
        }
        let errors = String(decoding: result.standardError, as: UTF8.self)
        let last = errors.split(separator: "\n").last.map(String.init) ?? ""
        let code = result.report.exitCode ?? 1
        return Outcome(
            exitCode: code,
            message: code == 0
                ? "" : last.isEmpty ? "\(command[0]) ended as \(result.report.outcome)" : last,
            isStopped: false)
    }
}
