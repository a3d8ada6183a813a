import Glibc
import Testing

/// A file that is large but occupies nothing.
func writeSparse(_ path: String, sizeBytes: Int) throws {
    let descriptor = open(path, O_CREAT | O_WRONLY | O_CLOEXEC, 0o600)
    try #require(descriptor >= 0)
    defer { close(descriptor) }
    try #require(ftruncate(descriptor, sizeBytes) == 0)
}
