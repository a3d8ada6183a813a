import Foundation
import TestSupport
import Testing

@testable import LinuxKernel

/// Overlays as kernels before 6.15 make them; `make test-vm` runs sandboxes on such a kernel.
@Suite(.enabled(if: Capabilities.isPrivileged)) struct OverlayTests {
    @Test(arguments: [true, false])
    func layersInNoNamespaceAreAttachedForIt(redirectsDirectories: Bool) throws {
        try withTemporaryDirectory { directory in
            var lowers = DescriptorList()
            for name in ["top", "below"] {
                let path = "\(directory)/\(name)"
                try FileManager.default.createDirectory(
                    atPath: path + "/sub", withIntermediateDirectories: true)
                try name.write(toFile: path + "/which", atomically: true, encoding: .utf8)
                try name.write(toFile: path + "/sub/" + name, atomically: true, encoding: .utf8)
                _ = lowers.append(try DetachedMount(cloning: path).take())
            }
            var upper = try DetachedMount(temporaryBytes: 1 << 20, files: 100, owner: 0)
            try upper.makeDirectory("upper", mode: 0o755, owner: 0)
            try upper.makeDirectory("work", mode: 0o755, owner: 0)
            let overlay = try DetachedMount.overlay(
                attaching: lowers, upperMount: &upper, upper: "upper", work: "work",
                redirectsDirectories: redirectsDirectories)
            let place = "/proc/self/fd/\(overlay.descriptor.raw)"
            #expect(try String(contentsOfFile: place + "/which", encoding: .utf8) == "top")
            let names = try FileManager.default.contentsOfDirectory(atPath: place + "/sub")
            #expect(names.sorted() == ["below", "top"])
            try "new".write(toFile: place + "/sub/new", atomically: false, encoding: .utf8)
            let written = "/proc/self/fd/\(upper.descriptor.raw)/upper/sub/new"
            #expect(try String(contentsOfFile: written, encoding: .utf8) == "new")
            // Nothing of it is in the host's table of mounts.
            let table = try String(contentsOfFile: "/proc/self/mountinfo", encoding: .utf8)
            #expect(!table.contains(directory))
        }
    }

    @Test func aNameThatWouldBeAnOptionIsRefused() throws {
        var upper = try DetachedMount(temporaryBytes: 1 << 20, files: 10, owner: 0)
        #expect(throws: SystemError.self) {
            _ = try DetachedMount.overlay(
                attaching: DescriptorList(), upperMount: &upper, upper: "a,redirect_dir=on",
                work: "work", redirectsDirectories: false)
        }
    }
}
