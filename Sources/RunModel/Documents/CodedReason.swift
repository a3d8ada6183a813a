/// Why a verdict or a class is what it is; the codes are a published list
/// (docs/reference/reasons.md).
package struct CodedReason: Codable, Sendable, Equatable {
    package var code: String
    package var message: String

    package init(code: String, message: String) {
        self.code = code
        self.message = message
    }
}
