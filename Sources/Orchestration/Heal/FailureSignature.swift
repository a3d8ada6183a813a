internal import Digests

/// The identity of a failure: the same failing tests of the same repository and branch.
package enum FailureSignature {
    package static func signature(
        tests: [String], command: String, branch: String, generation: Int = 1
    ) -> String {
        var builder = DigestBuilder()
        builder.add(field: branch)
        // Without a list of tests the command itself is the failing test.
        for test in tests.isEmpty ? [command] : Set(tests).sorted() { builder.add(field: test) }
        let digest = String(builder.finish().hexadecimal.prefix(32))
        return generation == 1 ? digest : "\(digest)#\(generation)"
    }

    /// Short enough to be typed: `inc-` and ten digits of a digest over all that identifies it.
    package static func incidentID(repository: String, signature: String) -> String {
        var builder = DigestBuilder()
        builder.add(field: repository)
        builder.add(field: signature)
        return "inc-" + builder.finish().hexadecimal.prefix(10)
    }
}
