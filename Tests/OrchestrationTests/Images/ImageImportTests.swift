import Foundation
import GitWorktrees
import Glibc
import Images
import RunModel
import Sandboxing
import TestSupport
import Testing

@testable import Orchestration

/// Layouts and archives made by umoci and skopeo, and by hand where those would refuse.
@Suite(.serialized) struct ImageImportTests {
    private func shell(_ script: String, in directory: String) throws {
        let process = Process()
        process.executableURL = URL(filePath: "/bin/sh")
        process.arguments = ["-eu", "-c", script]
        process.currentDirectoryURL = URL(filePath: directory)
        process.standardError = FileHandle.nullDevice
        process.standardOutput = FileHandle.nullDevice
        try process.run()
        process.waitUntilExit()
        try #require(process.terminationStatus == 0, "\(script)")
    }

    /// A layout whose second layer deletes a file of the first, with an environment.
    private func makeLayout(in directory: String) throws {
        try shell(
            """
            umoci init --layout layout; umoci new --image layout:one
            mkdir -p root/app root/etc; echo kept >root/app/kept; echo gone >root/app/gone
            printf '#!/bin/sh\\necho "$GREETING"\\n' >root/app/greet; chmod 755 root/app/greet
            ln -s /etc/passwd root/app/link
            umoci insert --rootless --image layout:one root /
            umoci insert --whiteout --image layout:one /app/gone
            umoci config --image layout:one --config.env GREETING=hello --config.env HOME=/x
            skopeo --insecure-policy copy oci:layout:one oci-archive:archive.tar:one
            """, in: directory)
    }

    private func service(in directory: String) throws -> ImageService {
        try ImageService(
            environment: ProcessInfo.processInfo.environment,
            store: ImageStore(root: directory + "/images"))
    }

    @Test(arguments: [true, false])
    func layersWhiteoutsAndEnvironmentAreTaken(isLayout: Bool) throws {
        try withTemporaryDirectory { directory in
            try makeLayout(in: directory)
            let service = try service(in: directory)
            let path = directory + (isLayout ? "/layout" : "/archive.tar")
            let record = try service.importImage(path, isLayout: isLayout, name: "greeter")
            let root = "\(service.store.root)/\(record.folder)/rootfs"
            #expect(FileManager.default.fileExists(atPath: root + "/app/kept"))
            #expect(!FileManager.default.fileExists(atPath: root + "/app/gone"))
            #expect(
                try FileManager.default.destinationOfSymbolicLink(atPath: root + "/app/link")
                    == "/etc/passwd")
            #expect(record.environment.contains("GREETING=hello"))
            #expect(!record.environment.contains { $0.hasPrefix("HOME=") })
            // The second time nothing is unpacked.
            #expect(try service.importImage(path, isLayout: isLayout, name: "greeter") == record)
            let resolved = try service.resolve("greeter")
            #expect(resolved.environment["GREETING"] == "hello")
            #expect(resolved.root == .directory(root))
            #expect(throws: PortError.self) { try service.store.remove(record) }
        }
    }

    /// A layer whose names and links lead out of the root leads nowhere.
    @Test func namesAndLinksThatLeadOutStayInside() throws {
        try withTemporaryDirectory { directory in
            try makeLayout(in: directory)
            let script = """
                import io, tarfile
                layer = tarfile.open("layer.tar", "w")
                def add(name, **values):
                    info = tarfile.TarInfo(name)
                    for key, value in values.items(): setattr(info, key, value)
                    data = b"evil" if info.isreg() else b""
                    info.size = len(data)
                    layer.addfile(info, io.BytesIO(data))
                add("../../../../tmp/\(Self.marker)")
                add("out", type=tarfile.SYMTYPE, linkname="../../../../tmp")
                add("out/\(Self.marker)")
                add("hard", type=tarfile.LNKTYPE, linkname="../../../../etc/hostname")
                layer.close()
                """
            try Data(script.utf8).write(to: URL(filePath: directory + "/make.py"))
            try shell(
                "python3 make.py; umoci raw add-layer --image layout:one layer.tar", in: directory)
            let service = try service(in: directory)
            // Refused or confined, as umoci decides; nothing of it is on the host either way.
            _ = try? service.importImage(directory + "/layout", isLayout: true, name: "evil")
            #expect(!FileManager.default.fileExists(atPath: "/tmp/\(Self.marker)"))
            #expect(
                !FileManager.default.fileExists(atPath: "\(directory)/tmp/\(Self.marker)"))
        }
    }

    private static let marker = "drydock-image-escape"

    @Test func whatUnpacksToMoreThanTheLimitIsStopped() throws {
        try withTemporaryDirectory { directory in
            try shell(
                """
                umoci init --layout layout; umoci new --image layout:one
                mkdir root; head -c 300000000 /dev/zero >root/zeros
                umoci insert --rootless --image layout:one root /; rm -r root
                """, in: directory)
            let service = try service(in: directory)
            let error = #expect(throws: PortError.self) {
                try service.importImage(
                    directory + "/layout", isLayout: true, name: "bomb", byteLimit: 32 << 20)
            }
            #expect(error?.reason.contains("larger than 32 MiB") == true, "\(error as Any)")
            #expect(service.store.list().isEmpty)
        }
    }

    @Test(arguments: ["truncated", "text", "empty"])
    func whatIsNoImageIsRefusedAndLeavesNothing(kind: String) throws {
        try withTemporaryDirectory { directory in
            let path = directory + "/archive.tar"
            switch kind {
            case "truncated":
                try makeLayout(in: directory)
                try shell("truncate -s 2000 archive.tar", in: directory)
            case "text": try Data("no archive at all".utf8).write(to: URL(filePath: path))
            default: try Data().write(to: URL(filePath: path))
            }
            let service = try service(in: directory)
            let error = #expect(throws: PortError.self) {
                try service.importImage(path, isLayout: false, name: "broken")
            }
            #expect(error?.remedy.isEmpty == false)
            #expect(service.store.list().isEmpty)
            let left = try FileManager.default.contentsOfDirectory(atPath: service.store.root)
            #expect(left.isEmpty)
        }
    }

    @Test func namesOfRecipesAndOddNamesAreRefused() throws {
        try withTemporaryDirectory { directory in
            try makeLayout(in: directory)
            let service = try service(in: directory)
            for name in ["python", "host", "a/b", "..", ""] {
                #expect(throws: PortError.self, "\(name)") {
                    try service.importImage(directory + "/layout", isLayout: true, name: name)
                }
            }
        }
    }

    @Test func aRecipeThatIsNotBuiltSaysHowToBuildIt() throws {
        try withTemporaryDirectory { directory in
            let error = #expect(throws: PortError.self) {
                _ = try service(in: directory).resolve("python").root
            }
            #expect(error?.remedy == "Run 'drydock image build python'")
        }
    }

    /// A minute and a download of 60 MB: the long form builds one for real.
    @Test(.enabled(if: ProcessInfo.processInfo.environment["DRYDOCK_LONG"] != nil))
    func anImageIsBuiltAndRuns() throws {
        try withTemporaryDirectory { directory in
            let service = try service(in: directory)
            let record = try service.build("base", refreshes: false)
            #expect(record.files > 1000)
            #expect(try service.build("base", refreshes: false) == record)
            #expect(try service.store.verify(record).isEmpty)
            let host = try SandboxHost(
                initPath: SandboxHost.defaultInitPath(),
                environment: ProcessInfo.processInfo.environment)
            var request = SandboxRequest(
                command: ["git", "--version"], profile: try ExecutionHost().profile("build"))
            let resolved = try service.resolve("base")
            request.root = resolved.root
            let result = try Sandbox.run(request, on: host)
            #expect(result.report.exitCode == 0)
            #expect(String(decoding: result.standardOutput, as: UTF8.self).hasPrefix("git version"))
        }
    }
}
