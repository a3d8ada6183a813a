internal import RunModel

/// Entries of a report that stand for a file whose tests could not be collected, and are no tests.
package enum StandIn {
    private static let suffixes = [".js", ".cjs", ".mjs", ".ts", ".cts", ".mts", ".jsx", ".tsx"]

    /// pytest and unittest report an error; node's runner a failure by the name of the file.
    static func isOne(_ id: String, _ status: TestStatus?) -> Bool {
        guard let status, status.isFailure else { return false }
        return status == .error
            || !id.contains(" > ") && suffixes.contains(where: id.hasSuffix)
                && (id.contains("/") || !id.contains(" "))
    }

    /// Whether a test is one of those of the file or module for which an entry stands.
    package static func holds(_ id: String, test: String) -> Bool {
        ["::", ".", "/", "#"].contains { test.hasPrefix(id + $0) }
    }
}
