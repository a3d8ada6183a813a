/// Tokens counted without the provider's tokenizer.
package enum TokenEstimate {
    /// Tokens per message that chat templates add.
    private static let overhead = 16

    /// Never less than what the provider will count: byte-level tokenizers make at most one token
    /// of a byte. For reservations.
    package static func inputTokensMax(_ request: ModelRequest) -> Int { bytes(request) }

    /// What is likely: three bytes a token, which code comes to. For what a provider did not say.
    package static func inputTokens(_ request: ModelRequest) -> Int { (bytes(request) + 2) / 3 }

    package static func tokens(bytes: Int) -> Int { (bytes + 2) / 3 }

    private static func bytes(_ request: ModelRequest) -> Int {
        var count = (request.answerSchemaJSON?.utf8.count ?? 0) * 2 + overhead
        for message in request.messages {
            count += message.text.utf8.count + overhead
            for call in message.toolCalls {
                count += call.name.utf8.count + call.argumentsJSON.utf8.count + overhead
            }
        }
        for tool in request.tools {
            count +=
                tool.name.utf8.count + tool.description.utf8.count + tool.parametersJSON.utf8.count
                + overhead
        }
        return count
    }
}
