internal import RunModel

/// One thing that a repository asked for and may not have.
package struct WideningRefusal: Error, Sendable, Equatable, CustomStringConvertible {
    /// Where in `drydock.yaml`, such as `sandbox.limits.memory`.
    package var entry: String
    /// What was asked for.
    package var asked: String
    /// What is allowed.
    package var allowed: String
    /// The YAML that the operator would have to add to their configuration.
    package var remedy: String

    package var description: String {
        "drydock.yaml asks for \(entry): \(asked), but only \(allowed) is allowed here. "
            + "The operator can permit it in /etc/drydock/config.yaml with:\n\(remedy)"
    }
}

extension OperatorConfiguration {
    /// Everything in `project` that goes beyond what `repository` may ask for; empty when it may run.
    package func refusals(
        of project: ProjectConfiguration, repository: String
    ) -> [WideningRefusal] {
        var check = WideningCheck(allowance: allowance(for: repository), repository: repository)
        if let sandbox = project.sandbox { check.sandbox(sandbox) }
        check.steps(project.setup, under: "setup")
        if let heal = project.heal { check.heal(heal, under: "heal") }
        for (index, subproject) in (project.projects ?? []).enumerated() {
            check.steps(subproject.setup, under: "projects[\(index)].setup")
            if let heal = subproject.heal { check.heal(heal, under: "projects[\(index)].heal") }
        }
        if let endpoint = project.observability?.otlp?.endpoint,
            observability?.otlp == nil
        {
            check.telemetry(endpoint)
        }
        if let asked = project.models { check.models(asked, of: models) }
        if project.observability?.includeReasoning == true,
            observability?.includeReasoning == false
        {
            check.refusals.append(
                WideningRefusal(
                    entry: "observability.include_reasoning", asked: "true", allowed: "false",
                    remedy: "version: 1\nobservability:\n  include_reasoning: true"))
        }
        return check.refusals
    }
}

/// Compares requests with an allowance and collects what is too much.
private struct WideningCheck {
    let allowance: Allowance
    let repository: String
    var refusals: [WideningRefusal] = []

    mutating func sandbox(_ section: SandboxSection) {
        // `strict` is tighter than `build`, so every repository may have it.
        member(
            section.profile, of: ["build", "strict"] + (allowance.profiles ?? []),
            "sandbox.profile", key: "profiles")
        member(
            section.image, of: ["host"] + (allowance.images ?? []), "sandbox.image", key: "images")
        network(section.network, "sandbox.network")
        for bind in section.binds ?? [] {
            member(bind, of: allowance.binds ?? [], "sandbox.binds", key: "binds")
        }
        for secret in section.secrets ?? [] {
            member(secret, of: allowance.secrets ?? [], "sandbox.secrets", key: "secrets")
        }
        if let asked = section.limits { limits(asked) }
    }

    mutating func steps(_ steps: [SetupStep]?, under entry: String) {
        for (index, step) in (steps ?? []).enumerated() {
            network(step.network, "\(entry)[\(index)].network")
        }
    }

    mutating func heal(_ section: HealSection, under entry: String) {
        if let allowed = allowance.fixers {
            for fixer in section.fixers ?? [] {
                member(fixer, of: allowed, "\(entry).fixers", key: "fixers")
            }
        }
        number(section.attempts, allowance.attempts ?? 3, "\(entry).attempts", key: "attempts") {
            String($0)
        }
        let (asked, allowed) = (section.budget, allowance.budget)
        budget(asked?.tokens, allowed?.tokens ?? 400_000, entry, "tokens") { String($0) }
        budget(asked?.costUSD, allowed?.costUSD ?? 3, entry, "cost_usd") { String($0) }
        budget(asked?.wall?.milliseconds, allowed?.wall?.milliseconds ?? 900_000, entry, "wall") {
            Quantity.describe(milliseconds: $0)
        }
        if let calls = allowed?.modelCalls {
            budget(asked?.modelCalls, calls, entry, "model_calls") { String($0) }
        }
        if let time = allowed?.sandboxTime {
            budget(asked?.sandboxTime?.milliseconds, time.milliseconds, entry, "sandbox_time") {
                Quantity.describe(milliseconds: $0)
            }
        }
    }

    mutating func models(_ asked: ProjectModelsSection, of models: ModelsSection?) {
        let ladder = models?.ladder.map(\.model) ?? []
        for name in asked.use ?? [] where !ladder.contains(name) {
            refusals.append(
                WideningRefusal(
                    entry: "models.use", asked: name,
                    allowed: ladder.isEmpty ? "no model" : ladder.joined(separator: ", "),
                    remedy:
                        "version: 1\nmodels:\n  ladder:\n    - {provider: PROVIDER, model: \(quoted(name))}"
                ))
        }
        let (own, limits) = (asked.limits, models?.limits)
        let bounds: [(String, UInt64?, UInt64, (UInt64) -> String)] = [
            ("turns", own?.turns, limits?.turns ?? 40, { String($0) }),
            ("corrections", own?.corrections, limits?.corrections ?? 3, { String($0) }),
            ("files", own?.files, limits?.files ?? 10, { String($0) }),
            (
                "tool_call", own?.toolCall?.milliseconds, limits?.toolCall?.milliseconds ?? 300_000,
                Quantity.describe(milliseconds:)
            ),
        ]
        for (name, value, bound, describe) in bounds {
            guard let value, value > bound else { continue }
            refusals.append(
                WideningRefusal(
                    entry: "models.limits.\(name)", asked: describe(value),
                    allowed: "up to \(describe(bound))",
                    remedy: "version: 1\nmodels:\n  limits: {\(name): \(describe(value))}"))
        }
    }

    /// The host itself sends there, past every sandbox: beyond its own loopback only where the operator
    /// lets this repository reach.
    mutating func telemetry(_ endpoint: String) {
        let place = endpoint.split(separator: "://", maxSplits: 1).last ?? ""
        let authority = String(place.prefix { $0 != "/" && $0 != "?" && $0 != "#" })
        let loopback = ["127.0.0.1", "localhost", "[::1]"]
        guard !loopback.contains(where: { authority == $0 || authority.hasPrefix($0 + ":") }) else {
            return
        }
        host(authority, "observability.otlp.endpoint")
    }

    private mutating func network(_ rule: NetworkRule?, _ entry: String) {
        switch rule {
        case nil, .none?, .loopback?: return
        case .host?:
            guard allowance.hostNetwork != true else { return }
            refuse(entry, asked: "host", allowed: "none or loopback", "host_network: true")
        case .allow(let hosts)?:
            for host in hosts { self.host(host, "\(entry).allow") }
        }
    }

    /// An entry is allowed when one of the operator's allows everything that it does.
    private mutating func host(_ text: String, _ entry: String) {
        let allowed = allowance.hosts ?? []
        // Opening TLS or answering from the cache reaches nothing that was not allowed before.
        guard !["@cache", "@intercept"].contains(text) else { return }
        guard let rule = try? EgressRule(entry: text) else {
            return member(text, of: allowed, entry, key: "hosts")
        }
        if let name = rule.credential {
            member(name, of: allowance.secrets ?? [], entry + ".credential", key: "secrets")
        }
        guard !allowed.contains("*") || rule.isAddressBlock else { return }
        let isCovered = allowed.contains { (try? EgressRule(entry: $0))?.covers(rule) == true }
        if !isCovered { member(text, of: allowed, entry, key: "hosts") }
    }

    private mutating func limits(_ asked: LimitsSection) {
        let bounds = (allowance.limits ?? LimitsSection()).applied(to: .standard)
        let entry = "sandbox.limits"
        limit(asked.memory?.bytes, bounds.memoryBytes, entry, "memory") {
            Quantity.describe(bytes: $0)
        }
        limit(asked.disk?.bytes, bounds.diskBytes, entry, "disk") { Quantity.describe(bytes: $0) }
        limit(asked.output?.bytes, bounds.outputBytes, entry, "output") {
            Quantity.describe(bytes: $0)
        }
        limit(asked.processes, bounds.processes, entry, "processes") { String($0) }
        limit(asked.files, bounds.diskFiles, entry, "files") { String($0) }
        limit(asked.cpus, bounds.cpus, entry, "cpus") { String($0) }
        limit(asked.wall?.milliseconds, bounds.wallMilliseconds, entry, "wall") {
            Quantity.describe(milliseconds: $0)
        }
        limit(asked.cpuTime?.milliseconds, bounds.cpuTimeMilliseconds, entry, "cpu_time") {
            Quantity.describe(milliseconds: $0)
        }
    }

    private mutating func limit<Value: Comparable>(
        _ asked: Value?, _ bound: Value?, _ entry: String, _ key: String,
        describe: (Value) -> String
    ) {
        guard let bound else { return }
        number(
            asked, bound, "\(entry).\(key)", key: "limits: {\(key)", closing: "}",
            describe: describe)
    }

    private mutating func budget<Value: Comparable>(
        _ asked: Value?, _ bound: Value, _ entry: String, _ key: String, describe: (Value) -> String
    ) {
        number(
            asked, bound, "\(entry).budget.\(key)", key: "budget: {\(key)", closing: "}",
            describe: describe)
    }

    private mutating func number<Value: Comparable>(
        _ asked: Value?, _ bound: Value, _ entry: String, key: String, closing: String = "",
        describe: (Value) -> String
    ) {
        guard let asked, asked > bound else { return }
        refuse(
            entry, asked: describe(asked), allowed: "up to \(describe(bound))",
            "\(key): \(describe(asked))\(closing)")
    }

    private mutating func member(
        _ asked: String?, of allowed: [String], _ entry: String, key: String
    ) {
        guard let asked, !allowed.contains(asked) else { return }
        refuse(
            entry, asked: asked,
            allowed: allowed.isEmpty ? "none" : allowed.joined(separator: ", "),
            "\(key): [\(quoted(asked))]")
    }

    private mutating func refuse(
        _ entry: String, asked: String, allowed: String, _ permission: String
    ) {
        refusals.append(
            WideningRefusal(
                entry: entry, asked: asked, allowed: allowed,
                remedy: "version: 1\nrepositories:\n  - repository: \(quoted(repository))\n"
                    + "    allow: {\(permission)}"))
    }

    /// A YAML double-quoted scalar, so that what a repository wrote cannot become another entry.
    private func quoted(_ text: String) -> String {
        var result = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"", "\\": result += "\\\(scalar)"
            case _ where scalar.value < 0x20 || scalar.value == 0x7F:
                let hexadecimal = String(scalar.value, radix: 16)
                result += "\\x" + (hexadecimal.count == 1 ? "0" : "") + hexadecimal
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result + "\""
    }
}
