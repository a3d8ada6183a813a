internal import Digests
package import JSONText
internal import Telemetry

/// Spans of model calls, tools and sandboxes, as OpenTelemetry's GenAI conventions name them.
/// Neither prompts nor answers nor arguments are sent; reasoning where it is recorded at all.
extension HealTelemetry {
    /// Providers that the conventions have another name for than Drydock.
    private static let providerNames = ["openai-compatible": "openai"]

    /// A line of a transcript; what is no call is not sent.
    package func observe(_ incident: String, model kind: String, _ payload: JSONValue) {
        func text(_ name: String) -> String { payload[name]?.stringValue ?? "" }
        let milliseconds = Double(payload["duration_ms"]?.integerValue ?? 0)
        switch kind {
        case "model.answered", "model.failed":
            let parts = text("model").split(separator: "/", maxSplits: 1).map(String.init)
            guard parts.count == 2 else { return }
            let provider = Self.providerNames[parts[0]] ?? parts[0]
            var attributes: Attributes = [
                "gen_ai.operation.name": .string("chat"),
                "gen_ai.provider.name": .string(provider),
                "gen_ai.request.model": .string(parts[1]),
                "gen_ai.agent.name": .string(text("role")),
                "gen_ai.conversation.id": .string(incident),
            ]
            let input = payload["input_tokens"]?.integerValue ?? 0
            let output = payload["output_tokens"]?.integerValue ?? 0
            // What nobody counted is not reported.
            if kind == "model.answered" || input > 0 {
                attributes["gen_ai.usage.input_tokens"] = .integer(input)
                attributes["gen_ai.usage.output_tokens"] = .integer(output)
            }
            if let cached = payload["cached_tokens"]?.integerValue, cached > 0 {
                attributes["gen_ai.usage.cache_read.input_tokens"] = .integer(cached)
            }
            var status = Span.Status.unset
            if kind == "model.answered" {
                attributes["gen_ai.response.finish_reasons"] = .strings([text("stop")])
                if let reasoning = payload["reasoning"] {
                    let message: JSONValue = [
                        "role": "assistant",
                        "parts": [["type": "reasoning", "content": reasoning]],
                        "finish_reason": .string(text("stop")),
                    ]
                    attributes["gen_ai.output.messages"] = .string(
                        JSONValue.array([message]).text())
                }
            } else {
                attributes["error.type"] = .string("model.failed")
                status = .error(String(text("reason").prefix(300)))
            }
            add(
                "chat \(parts[1])", .client, milliseconds, attributes, status, incident: incident)
            count(
                ModelUse(
                    provider: provider, model: parts[1], input: input, output: output,
                    seconds: milliseconds / 1_000))
        case "tool.called":
            add(
                "execute_tool \(text("tool"))", .internal, milliseconds,
                [
                    "gen_ai.operation.name": .string("execute_tool"),
                    "gen_ai.tool.name": .string(text("tool")),
                    "gen_ai.tool.type": .string("function"),
                    "gen_ai.agent.name": .string(text("role")),
                ],
                payload["is_error"]?.boolValue == true ? .error("refused") : .unset,
                incident: incident)
        default: return
        }
    }

    /// A run in a sandbox; those before there is an incident are nobody's.
    package func observe(_ incident: String?, sandbox run: HealWatch.SandboxRun) {
        guard let incident else { return }
        var attributes: Attributes = [
            "drydock.sandbox.role": .string(run.role),
            "drydock.sandbox.outcome": .string(run.outcome),
        ]
        if let wall = run.wallMilliseconds {
            attributes["drydock.sandbox.wall_ms"] = .double(wall)
        }
        add(
            "sandbox \(run.role)", .internal, run.totalMilliseconds, attributes, .unset,
            incident: incident)
    }

    /// One answer, as the metrics count it.
    struct ModelUse: Sendable {
        var provider: String
        var model: String
        var input: Int
        var output: Int
        var seconds: Double
    }

    private static let durationBounds: [Double] = [
        0.01, 0.02, 0.04, 0.08, 0.16, 0.32, 0.64, 1.28, 2.56, 5.12, 10.24, 20.48, 40.96, 81.92,
    ]

    static func metrics(of uses: [ModelUse]) -> [Metric] {
        let groups = Dictionary(grouping: uses) { "\($0.provider)/\($0.model)" }
            .sorted { $0.key < $1.key }
        guard !groups.isEmpty else { return [] }
        func attributes(_ use: ModelUse?) -> Attributes {
            [
                "gen_ai.operation.name": .string("chat"),
                "gen_ai.provider.name": .string(use?.provider ?? ""),
                "gen_ai.request.model": .string(use?.model ?? ""),
            ]
        }
        let tokens = groups.flatMap { _, uses in
            [("input", uses.map(\.input)), ("output", uses.map(\.output))].map { kind, counts in
                (
                    attributes: attributes(uses.first)
                        .merging(["gen_ai.token.type": .string(kind)]) { $1 },
                    values: counts.map(Double.init)
                )
            }
        }
        return [
            Metric(
                name: "gen_ai.client.token.usage", unit: "{token}",
                description: "Tokens that calls of language models used",
                points: .histogram(bounds: tokenBounds, tokens)),
            Metric(
                name: "gen_ai.client.operation.duration", unit: "s",
                description: "How long calls of language models took",
                points: .histogram(
                    bounds: durationBounds,
                    groups.map {
                        (attributes: attributes($0.value.first), values: $0.value.map(\.seconds))
                    })),
        ]
    }
}
