package import HTTPTransport
internal import JSONText
package import RunModel

/// The wire format of one provider's API: requests out, answers and streams in. Pure, no I/O.
///
/// One type per file in `Providers`, and its line in `ProviderCatalog`.
package protocol ModelProvider: Sendable {
    /// As in `provider:` of the `models:` block.
    var name: String { get }
    /// One sentence for the documentation.
    var summary: String { get }
    /// Where it is when nothing else is said; `nil` must be said.
    var defaultEndpoint: String? { get }
    var needsKey: Bool { get }
    /// Ways of constraining the answer to a schema, best first; the next is tried when the server
    /// does not know one.
    var constraints: [AnswerConstraint] { get }

    /// - Parameter constraint: `nil` leaves the schema to the prompt.
    func message(
        _ request: ModelRequest, to endpoint: ModelEndpoint, constraint: AnswerConstraint?,
        isStreaming: Bool
    ) -> WebRequest
    /// How the parts of a streamed answer are told apart.
    var framing: StreamFraming { get }
    /// Takes in one part of a streamed answer.
    func read(part: StreamPart, into draft: inout AnswerDraft) throws(ModelFailure)
    /// Takes in a whole answer.
    func read(body: [UInt8], into draft: inout AnswerDraft) throws(ModelFailure)
}

/// How a schema is handed to a server.
package enum AnswerConstraint: String, Sendable, CaseIterable {
    /// OpenAI's `response_format`.
    case responseFormat
    /// vLLM's `structured_outputs`, and what it was called before.
    case structuredOutputs, guidedJSON
    /// llama.cpp's `json_schema`.
    case schemaField
    /// Anthropic's `output_config.format`.
    case outputConfiguration
    /// Ollama's `format`.
    case format
}

package enum StreamFraming: Sendable { case serverSentEvents, lines }

/// Where a model is, and with what right it is asked.
package struct ModelEndpoint: Sendable {
    /// Without a slash at its end.
    package var url: String
    package var key: String?
    /// Tokens that the model takes in and gives out together, as far as it is known.
    package var contextTokens: Int

    package init(url: String, key: String? = nil, contextTokens: Int = 65_536) {
        self.url = url.hasSuffix("/") ? String(url.dropLast()) : url
        self.key = key
        self.contextTokens = contextTokens
    }
}
