import Guardrails
import PolicyFiles

// Compiled by .ci/fuzz, with PolicyFiles instrumented.

/// libFuzzer's entry: a policy is refused with a message, or it says the same each time it is read
/// and weakens nothing that it does not name.
@_cdecl("LLVMFuzzerTestOneInput")
public func testOneInput(_ data: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    let bytes = Array(UnsafeBufferPointer(start: data, count: count))
    do throws(PolicyFileError) {
        let text = try PolicyText(name: "policy.yaml", bytes: bytes)
        let policy = try PolicyLoader.load(text, source: "fuzz")
        let again = try PolicyLoader.load(text, source: "fuzz")
        precondition(policy.identity == again.identity, "two readings of one policy differ")
        precondition(policy.actions == again.actions, "two readings of one policy differ")
        precondition(!policy.policyPaths.isEmpty, "a policy can be changed unseen")
        for suppression in policy.suppressions {
            precondition(!suppression.reason.isEmpty, "a suppression without a reason")
        }
    } catch {
        precondition(!error.problem.isEmpty, "a refusal without a reason")
    }
    return 0
}
