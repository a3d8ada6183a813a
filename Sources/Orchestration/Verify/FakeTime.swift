internal import Foundation

/// libfaketime, which lets the last repeat of a verification run on another date.
enum FakeTime {
    /// Its path on the host, which sandboxes see too; `nil` when it is not installed.
    static let library: String? = [
        "/usr/lib/x86_64-linux-gnu/faketime/libfaketime.so.1",
        "/usr/lib/aarch64-linux-gnu/faketime/libfaketime.so.1",
    ].first { FileManager.default.fileExists(atPath: $0) }
}
