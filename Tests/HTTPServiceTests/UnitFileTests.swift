import Foundation
import Testing

/// The units that run the service, as systemd itself reads them.
@Suite struct UnitFileTests {
    @Test(
        .enabled(if: FileManager.default.isExecutableFile(atPath: "/usr/bin/systemd-analyze")),
        arguments: [
            "drydock.service", "drydock-root.service", "drydock-gc.service", "drydock-gc.timer",
        ])
    func systemdTakesIt(name: String) throws {
        let folder = NSTemporaryDirectory() + "drydock-units-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let source = BuiltService.root + "/Containers/service/systemd"
        for unit in try FileManager.default.contentsOfDirectory(atPath: source) {
            // Where it is installed there is the program; the user is made by whoever installs.
            let text = try String(contentsOfFile: source + "/" + unit, encoding: .utf8)
                .replacing("/usr/local/bin/drydock", with: "/bin/true")
            try text.write(toFile: folder + "/" + unit, atomically: true, encoding: .utf8)
        }
        let process = Process()
        process.executableURL = URL(filePath: "/usr/bin/systemd-analyze")
        process.arguments = ["verify", "--man=no", folder + "/" + name]
        process.environment = ["PATH": "/usr/bin:/bin", "SYSTEMD_LOG_COLOR": "0"]
        let output = Pipe()
        process.standardOutput = output
        process.standardError = output
        try process.run()
        let text = String(
            decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        #expect(process.terminationStatus == 0 && text.isEmpty, "\(text)")
    }

    /// Sandboxes outlive the service only where systemd lets them.
    @Test(arguments: ["drydock.service", "drydock-root.service"])
    func sandboxesAreLeftAlone(name: String) throws {
        let text = try String(
            contentsOfFile: BuiltService.root + "/Containers/service/systemd/" + name,
            encoding: .utf8)
        let lines = Set(text.split(separator: "\n").map(String.init))
        #expect(lines.contains("KillMode=process") && lines.contains("Delegate=yes"))
    }
}
