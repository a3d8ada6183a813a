import CGit2

// Compiled by .ci/fuzz together with Sources/GitWorktrees/Patches/PatchText.swift.

/// libFuzzer's preparation: libgit2 counts its users.
@_cdecl("LLVMFuzzerInitialize")
public func initialize(
    _ count: UnsafeMutablePointer<CInt>?, _ arguments: UnsafeMutableRawPointer?
) -> CInt {
    git_libgit2_init() > 0 ? 0 : 1
}

/// libFuzzer's entry: a patch is refused, or Drydock and libgit2 read the same files in it.
@_cdecl("LLVMFuzzerTestOneInput")
public func testOneInput(_ data: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    let bytes = Array(UnsafeBufferPointer(start: data, count: count))
    let accepted: PatchText
    do throws(PatchFormatError) {
        accepted = try PatchText(bytes)
    } catch {
        precondition(error.line >= 1, "an error names a line")
        return 0
    }
    var difference: OpaquePointer?
    let status = bytes.withUnsafeBytes { buffer in
        git_diff_from_buffer(
            &difference, buffer.baseAddress?.assumingMemoryBound(to: CChar.self), buffer.count)
    }
    guard status == 0, let difference else { return 0 }
    defer { git_diff_free(difference) }
    // `RepositoryHandle.apply` refuses what is counted differently; what is counted alike must also
    // be called alike.
    guard git_diff_num_deltas(difference) == accepted.fileCount else { return 0 }
    for index in 0..<git_diff_num_deltas(difference) {
        guard let delta = git_diff_get_delta(difference, index)?.pointee else { continue }
        for path in [delta.old_file.path, delta.new_file.path] {
            guard let path else { continue }
            let name = Array(UnsafeRawBufferPointer(start: path, count: strlength(path)))
            precondition(isWritten(name, in: bytes), "libgit2 changes a file that no header names")
        }
    }
    return 0
}

private func strlength(_ text: UnsafePointer<CChar>) -> Int {
    var count = 0
    while text[count] != 0 { count += 1 }
    return count
}

/// Whether a name stands in the patch; a quoted one may be written otherwise.
private func isWritten(_ name: [UInt8], in bytes: [UInt8]) -> Bool {
    if name.isEmpty || bytes.contains(UInt8(ascii: "\"")) { return true }
    guard name.count <= bytes.count else { return false }
    for start in 0...(bytes.count - name.count)
    where bytes[start] == name[0] && bytes[start..<start + name.count].elementsEqual(name) {
        return true
    }
    return false
}
