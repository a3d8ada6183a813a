internal import CLinux
internal import Glibc

/// The executable of pid 1 as a sealed memory file: nobody can write to it any more, whatever
/// happens to the file it came from, and no path leads to it (CVE-2019-5736).
package struct InitProgram: ~Copyable, Sendable {
    let descriptor: OwnedDescriptor

    /// Copies the executable at `path` and seals the copy.
    package init(copying path: String) throws(SystemError) {
        let bytes = try SmallFile.read(path, byteLimit: 8 << 20)
        let raw = try SystemCall.perform("memfd_create", "sandbox-init") {
            lx_memfd("sandbox-init")
        }
        let copy = OwnedDescriptor(owning: Int32(raw))
        try copy.writeAll(bytes, to: "sandbox-init")
        try SystemCall.perform("fcntl(F_ADD_SEALS)", "sandbox-init") { lx_seal(Int32(raw)) }
        descriptor = copy
    }

    package var isSealed: Bool { lx_memfd_is_sealed(descriptor.raw) == 1 }
}

/// The plan's bytes as a memory file, which pid 1 maps and closes.
package struct EncodedPlan: ~Copyable, Sendable {
    let descriptor: OwnedDescriptor

    package init(_ bytes: [UInt8]) throws(SystemError) {
        let raw = try SystemCall.perform("memfd_create", "plan") { lx_memfd("plan") }
        let file = OwnedDescriptor(owning: Int32(raw))
        try file.writeAll(bytes, to: "plan")
        descriptor = file
    }

    /// For the duration of the owner's life only.
    package var raw: Int32 { descriptor.raw }
}
