internal import ModelPriceList
internal import PolicyFiles
package import RunModel

/// What a million tokens cost, in US dollars.
package struct ModelPrice: Decodable, Sendable, Equatable {
    package var input: Double
    package var output: Double
    /// Input that was read from the provider's cache; without one, as other input.
    package var cachedInput: Double?
    /// Input that was written to the provider's cache; without one, as other input.
    package var cacheWrite: Double?

    package enum CodingKeys: String, CodingKey, CaseIterable {
        case input, output
        case cachedInput = "cached_input"
        case cacheWrite = "cache_write"
    }

    package init(
        input: Double, output: Double, cachedInput: Double? = nil, cacheWrite: Double? = nil
    ) {
        self.input = input
        self.output = output
        self.cachedInput = cachedInput
        self.cacheWrite = cacheWrite
    }

    package static let free = ModelPrice(input: 0, output: 0)

    /// The cost of a usage, in US dollars.
    package func costUSD(_ usage: ModelUsage) -> Double {
        let plain = max(0, usage.inputTokens - usage.cachedInputTokens - usage.cacheWriteTokens)
        let sum =
            Double(plain) * input + Double(usage.cachedInputTokens) * (cachedInput ?? input)
            + Double(usage.cacheWriteTokens) * (cacheWrite ?? input)
            + Double(usage.outputTokens) * output
        return sum / 1_000_000
    }

    /// The most that so many tokens can cost.
    package func costUSDMax(inputTokens: Int, outputTokens: Int) -> Double {
        let dearest = max(input, cachedInput ?? 0, cacheWrite ?? 0)
        return (Double(inputTokens) * dearest + Double(outputTokens) * output) / 1_000_000
    }
}

/// Prices as data: the shipped list, and an operator's own beside it.
package struct ModelPrices: Decodable, Sendable {
    /// By provider, the date of the copy that its prices were compared with.
    package var asOf: [String: String]
    /// Providers whose models run on the operator's own machines.
    package var free: [String]?
    /// By provider, then by model.
    package var prices: [String: [String: ModelPrice]]

    package enum CodingKeys: String, CodingKey, CaseIterable {
        case version
        case asOf = "as_of"
        case free, prices
    }

    package init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        _ = try container.decode(FormatVersion.self, forKey: .version)
        asOf = try container.decode([String: String].self, forKey: .asOf)
        free = try container.decodeIfPresent([String].self, forKey: .free)
        prices = try container.decode([String: [String: ModelPrice]].self, forKey: .prices)
    }

    package static func shipped() throws -> ModelPrices {
        try PolicyDecoder.decode(
            ModelPrices.self,
            from: PolicyText(name: "Policies/models/prices.yaml", bytes: ShippedModelPrices.yaml))
    }

    /// `nil` is unknown, which is not the same as nothing.
    package func price(provider: String, model: String) -> ModelPrice? {
        if free?.contains(provider) == true { return .free }
        return prices[provider]?[model]
    }
}
