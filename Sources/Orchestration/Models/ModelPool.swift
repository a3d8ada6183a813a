internal import Foundation
internal import HTTPTransport
package import LanguageModels
package import PolicyFiles
package import Repair
internal import RunModel
internal import RunStore

/// The operator's models, connected, as far as a repository and the budgets let them be used.
package struct ModelPool: Sendable {
    package let ladder: [RepairModel]
    package let roles: [ModelRole: RepairModel]
    package let limits: ModelLimits
    /// By `RepairModel.id`; absent is unknown.
    package let prices: [String: ModelPrice]
    /// Whether what models think aloud is recorded.
    package var recordsReasoning = false
    /// Where no budget is named.
    package static let defaultTokens = 400_000

    /// The models as one incident may use them.
    package func access(
        _ surroundings: HealService.Surroundings, incident: String, budget: HealBudget
    ) -> ModelAccess {
        var access = ModelAccess(
            ladder: ladder, roles: roles, limits: limits,
            meter: StoreModelMeter(
                store: surroundings.store, incident: incident, budget: budget, prices: prices),
            recorder: StoreModelRecorder(surroundings, incident: incident))
        access.recordsReasoning = recordsReasoning
        return access
    }

    /// - Returns: `nil` where the operator configured none, or the repository uses none of them.
    /// - Throws: `PortError` for an unknown provider, a key that is missing or open to others, an
    ///   endpoint that is none, and for an unknown price under a money budget alone.
    package static func load(
        _ section: ModelsSection?, project: ProjectModelsSection?, budget: HealBudget,
        environment: [String: String]
    ) throws -> ModelPool? {
        guard let section, !section.ladder.isEmpty else { return nil }
        let entries = section.ladder.filter { project?.use?.contains($0.model) ?? true }
        guard !entries.isEmpty else { return nil }
        let builder = try Builder(section: section, environment: environment)
        let ladder = try entries.map { try builder.model($0) }
        var roles: [ModelRole: RepairModel] = [:]
        if let reviewer = section.reviewer { roles[.reviewer] = try builder.model(reviewer) }
        for (name, model) in (section.roles ?? [:]).sorted(by: { $0.key < $1.key }) {
            guard let role = ModelRole(rawValue: name) else {
                let known = ModelRole.allCases.map(\.rawValue)
                throw failure(
                    "the role \(name)", "there is no such role",
                    "Use one of \(known.joined(separator: ", "))")
            }
            guard let known = section.ladder.first(where: { $0.model == model }) else {
                throw failure(
                    "the role \(name)", "\(model) is not in models.ladder", "Add it there")
            }
            roles[role] = try builder.model(known)
        }
        let prices = try prices(of: section)
        let used = ladder + roles.values
        if budget.costUSD != nil, budget.tokens == nil,
            let unknown = used.first(where: { prices[$0.id] == nil })
        {
            throw failure(
                unknown.id, "its price is not known, so the money budget could not hold",
                "Set `price: {input: ..., output: ...}` of its entry, or a token budget "
                    + "(--max-tokens, heal.budget.tokens)")
        }
        return ModelPool(
            ladder: ladder, roles: roles, limits: limits(section.limits, project?.limits),
            prices: prices)
    }

    private static func failure(
        _ subject: String, _ reason: String, _ remedy: String
    ) -> PortError {
        PortError(operation: "using", subject: subject, reason: reason, remedy: remedy)
    }

    private static func limits(
        _ operatorLimits: ModelLimitsSection?, _ projectLimits: ModelLimitsSection?
    ) -> ModelLimits {
        var limits = ModelLimits()
        for section in [operatorLimits, projectLimits].compactMap(\.self) {
            if let turns = section.turns { limits.turns = Int(clamping: turns) }
            if let corrections = section.corrections {
                limits.corrections = Int(clamping: corrections)
            }
            if let files = section.files { limits.plannedFiles = Int(clamping: files) }
            if let time = section.toolCall {
                limits.toolCallMilliseconds = Double(time.milliseconds)
            }
        }
        return limits
    }

    private static func prices(of section: ModelsSection) throws -> [String: ModelPrice] {
        let shipped = try ModelPrices.shipped()
        var prices: [String: ModelPrice] = [:]
        for entry in section.ladder + [section.reviewer].compactMap(\.self) {
            let own = entry.price.map {
                ModelPrice(
                    input: $0.input, output: $0.output, cachedInput: $0.cachedInput,
                    cacheWrite: $0.cacheWrite)
            }
            prices[Builder.id(entry)] =
                own ?? shipped.price(provider: entry.provider, model: entry.model)
        }
        return prices
    }

    private struct Builder {
        let section: ModelsSection
        let environment: [String: String]
        let proxy: ProxySettings?

        init(section: ModelsSection, environment: [String: String]) throws {
            self.section = section
            self.environment = environment
            proxy = try ProxySettings.from(environment: environment)
        }

        static func id(_ entry: ModelEntry) -> String { "\(entry.provider)/\(entry.model)" }

        func model(_ entry: ModelEntry) throws -> RepairModel {
            guard let provider = ProviderCatalog.provider(named: entry.provider) else {
                let known = ProviderCatalog.all.map(\.name)
                let nearest =
                    nearestName(to: entry.provider, among: known).map { "Did you mean \($0)? " }
                    ?? ""
                throw failure(
                    "the provider \(entry.provider)", "there is no such provider",
                    nearest + "Known: \(known.joined(separator: ", "))")
            }
            guard let url = entry.endpoint ?? provider.defaultEndpoint else {
                throw failure(Self.id(entry), "it has no endpoint", "Set `endpoint:` of its entry")
            }
            let key = try key(entry, provider)
            try check(url, hasKey: key != nil, entry)
            let context = Int(clamping: entry.context ?? 65_536)
            let output = Int(clamping: entry.outputTokens ?? 4_096)
            let timeout = Int(clamping: entry.timeout?.milliseconds ?? 120_000)
            var options = WebClientOptions()
            options.proxy = proxy
            options.authorityFiles = section.authorities ?? []
            options.idleTimeoutMilliseconds = timeout
            options.secrets = [key].compactMap(\.self)
            return RepairModel(
                id: Self.id(entry),
                client: LanguageModelClient(
                    provider: provider,
                    endpoint: ModelEndpoint(url: url, key: key, contextTokens: context),
                    web: try WebClient(options), isStreaming: section.streaming ?? true),
                name: entry.model, contextTokens: context, outputTokens: output,
                timeoutMilliseconds: timeout, temperature: entry.temperature,
                effort: entry.effort)
        }

        private func key(_ entry: ModelEntry, _ provider: any ModelProvider) throws -> String? {
            if let file = entry.keyFile { return try ModelKey.read(file: file) }
            // The one key of the environment is for providers that need one: it is not shown to
            // every server of the list.
            guard provider.needsKey else { return nil }
            guard let file = environment[ModelKey.variable], !file.isEmpty else {
                throw failure(
                    Self.id(entry), "its provider needs a key and there is none",
                    "Put it into a file with mode 0600 and name that by \(ModelKey.variable) or "
                        + "`key_file:` of its entry")
            }
            return try ModelKey.read(file: file)
        }

        private func check(_ text: String, hasKey: Bool, _ entry: ModelEntry) throws {
            guard let url = URLComponents(string: text), let host = url.host, !host.isEmpty,
                url.scheme == "https" || url.scheme == "http", url.user == nil, url.query == nil
            else {
                throw failure(
                    Self.id(entry), "its endpoint is no http or https address",
                    "Write it like https://models.example.org/v1, without credentials")
            }
            let isHere = host == "localhost" || host == "[::1]" || host.hasPrefix("127.")
            guard url.scheme == "https" || isHere || !hasKey else {
                throw failure(
                    Self.id(entry), "its key would cross the network unencrypted",
                    "Use https, or a model that needs no key")
            }
        }
    }
}
