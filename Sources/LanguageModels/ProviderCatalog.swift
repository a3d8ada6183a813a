/// Every provider that models can be had from.
package enum ProviderCatalog {
    package static let all: [any ModelProvider] =
        [AnthropicProvider(), OllamaProvider()] + OpenAICompatibleProvider.profiles

    package static func provider(named name: String) -> (any ModelProvider)? {
        all.first { $0.name == name }
    }
}
