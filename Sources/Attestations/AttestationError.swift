/// Why an attestation is not accepted, or could not be made.
package enum AttestationError: Error, Sendable, Equatable, CustomStringConvertible {
    case notBase64(String)
    case untrusted(keyIDs: [String])
    case noTrustedKeys(String)
    case malformed(String)
    /// The file lacks a part: it was cut off, or is not a bundle of Drydock's.
    case incomplete(String)
    case otherTree(expected: String, found: [String])
    case notPassed(String)
    case file(operation: String, path: String, reason: String)
    case brokenChain(line: Int, reason: String)

    package var description: String {
        switch self {
        case .notBase64(let part): "the \(part) is not base64: the file was altered"
        case .untrusted(let keys):
            "no trusted key signed it (it names \(keys.joined(separator: ", "))): "
                + "add the signer's public key to the trusted keys, if you trust it"
        case .noTrustedKeys(let place):
            "there is no trusted key in \(place): put a public key (PEM, *.pub) there, or use --key"
        case .malformed(let reason): "it is not an attestation: \(reason)"
        case .incomplete(let reason): "it is not whole: \(reason)"
        case .otherTree(let expected, let found):
            "it is about tree \(found.joined(separator: ", ")), not \(expected)"
        case .notPassed(let result): "it attests the result \(result), not PASSED"
        case .file(let operation, let path, let reason):
            "\(operation) of \(path) failed: \(reason)"
                + (["write", "create"].contains(operation)
                    ? ". Name a file in a directory that exists and can be written" : "")
        case .brokenChain(let line, let reason):
            "the audit log is not intact at line \(line): \(reason)"
        }
    }
}
