internal import Foundation
internal import RunModel

/// A provider's key, from a file that only its owner can read; never an argument.
package enum ModelKey {
    package static let variable = "DRYDOCK_MODEL_KEY_FILE"
    private static let byteLimit = 16 << 10

    /// - Throws: `PortError` saying what is wrong with the file, never what is in it.
    package static func read(file path: String) throws -> String {
        func failure(_ reason: String, _ remedy: String) -> PortError {
            PortError(
                operation: "reading the model key", subject: path, reason: reason, remedy: remedy)
        }
        var status = stat()
        guard stat(path, &status) == 0 else {
            throw failure(
                String(cString: strerror(errno)), "Let \(variable) or `key_file` name a file")
        }
        guard status.st_mode & S_IFMT == S_IFREG, status.st_size <= byteLimit else {
            throw failure("it is no small regular file", "It must hold the key and nothing else")
        }
        guard status.st_mode & 0o077 == 0 else {
            throw failure("others may read it", "chmod 600 \(path)")
        }
        guard let data = FileManager.default.contents(atPath: path) else {
            throw failure("it cannot be read", "Let this user own it")
        }
        let key = String(decoding: data, as: UTF8.self)
            .trimmingCharacters(in: .whitespacesAndNewlines)
        guard !key.isEmpty, key.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7f }) else {
            throw failure("it does not hold one key", "It must be one line of ASCII")
        }
        return key
    }
}
