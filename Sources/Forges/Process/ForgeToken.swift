internal import Foundation
internal import Glibc

/// The token's file, read only by the process that uses it.
enum ForgeToken {
    private static let bytesMax = 4_096

    /// - Throws: `ForgeError` that names the variable, the file, and what is wrong with it.
    static func read(
        variable: String, environment: [String: String]
    ) throws(ForgeError) -> String {
        let operation = "reading the forge's token"
        guard let path = environment[variable], !path.isEmpty else {
            throw ForgeError(
                .unauthorised, operation: operation, subject: variable, reason: "it is not set",
                remedy: "Set it to the path of a file that holds the token and nothing else")
        }
        var status = stat()
        guard stat(path, &status) == 0 else {
            throw ForgeError(
                .unauthorised, operation: operation, subject: path,
                reason: String(cString: strerror(errno)),
                remedy: "\(variable) must name a file that this user may read")
        }
        guard status.st_mode & S_IFMT == S_IFREG, status.st_mode & 0o007 == 0 else {
            throw ForgeError(
                .unauthorised, operation: operation, subject: path,
                reason: "it is no regular file, or every user of this machine may read it",
                remedy: "chmod it 0600")
        }
        guard status.st_size <= bytesMax, let data = FileManager.default.contents(atPath: path)
        else {
            throw ForgeError(
                .unauthorised, operation: operation, subject: path,
                reason: "it cannot be read, or is longer than a token")
        }
        let token = String(decoding: data, as: UTF8.self)
            .trimmingCharacters(in: .whitespacesAndNewlines)
        // Nothing that would end a header, or that JSON would escape and redaction then miss.
        let isToken = token.utf8.allSatisfy { byte in
            (0x21...0x7E).contains(byte) && byte != UInt8(ascii: "\"")
                && byte != UInt8(ascii: "\\")
        }
        guard token.utf8.count >= 8, isToken else {
            throw ForgeError(
                .unauthorised, operation: operation, subject: path,
                reason: "it holds no token: one line of at least eight visible characters",
                remedy: "Write the token, and nothing else, into it")
        }
        return token
    }
}
