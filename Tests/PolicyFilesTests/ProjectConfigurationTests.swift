import PolicyFiles
import RunModel
import Testing

@Suite struct ProjectConfigurationTests {
    private func project(_ text: String) throws -> ProjectConfiguration {
        try ProjectConfiguration.read(PolicyText(name: "drydock.yaml", bytes: Array(text.utf8)))
    }

    private func operators(_ text: String) throws -> OperatorConfiguration {
        try PolicyDecoder.decode(from: PolicyText(name: "config.yaml", bytes: Array(text.utf8)))
    }

    @Test func theContractsExampleIsRead() throws {
        let configuration = try project(
            """
            version: 1
            sandbox: {profile: build, image: host, network: none,
                      limits: {memory: 2GiB, processes: 512, cpus: 2, wall: 10m, disk: 4GiB, output: 8MiB}}
            setup:
              - run: python3 -m venv $DRYDOCK_ENV && $DRYDOCK_ENV/bin/pip install -r requirements.txt
                inputs: [requirements.txt]
                network: {allow: [packages.example.org]}
            test:
              run: python3 -m pytest -q --junitxml $DRYDOCK_REPORTS/junit.xml
              select: python3 -m pytest -q --junitxml $DRYDOCK_REPORTS/junit.xml {tests}
              reports: [junit.xml]
              paths: ["tests/**", "conftest.py", "pytest.ini"]
            gate: {policy: default, scope: ["src/**"]}
            heal: {fixers: [format, lockfile, model],
                   never: ["tests/architecture/**"],
                   attempts: 3, budget: {tokens: 400000, cost_usd: 3, wall: 15m}}
            services:
              payments: {run: ./serve, config: config/payments.yaml, health: "curl -fsS http://127.0.0.1:8080/"}
            projects:
              - {path: services/billing, test: {run: go test ./...}}
            observability: {otlp: {endpoint: "http://127.0.0.1:4318", interval: 5s}, include_reasoning: false, level: info}
            """)
        #expect(configuration.sandbox?.limits?.applied(to: .standard) == .standard)
        #expect(configuration.setup?.first?.network == .allow(["packages.example.org"]))
        #expect(configuration.test?.paths?.first == "tests/**")
        #expect(configuration.heal?.budget?.wall?.milliseconds == 900_000)
        #expect(configuration.services?["payments"]?.run == "./serve")
        #expect(configuration.projects?.first?.test?.run == "go test ./...")
        #expect(configuration.observability?.otlp?.interval?.milliseconds == 5000)
        // The contract's example stays within the contract's defaults, but for the network.
        let refusals = OperatorConfiguration().refusals(of: configuration, repository: "/srv/repo")
        #expect(refusals.map(\.entry) == ["setup[0].network.allow"])
    }

    @Test(arguments: [
        "version: 2", "sandbox: {}", "version: 1\nsandbox: {profil: x}",
        "version: 1\nsandbox: {limits: {memory: lots}}", "version: 1\nsandbox: {network: internet}",
        "version: 1\nsandbox: {network: {allow: [\"evil.com\\0.allowed.com\"]}}",
        "version: 1\nsandbox: {network: {allow: [\"user@host\"]}}",
        "version: 1\nsandbox: {network: {allow: [\"host:443/path\"]}}",
        "version: 1\nsandbox: {network: {allow: [\"*\"]}}",
        "version: 1\nheal: {attempts: -1}", "version: 1\nheal: {attempts: 0}",
        "version: 1\nprojects: [{path: a, heal: {attempts: 0}}]",
        "version: 1\nprojects: [{path: ../x}]", "version: 1\nprojects: [{path: /srv/x}]",
        "version: 1\nprojects: [{path: a/../../x}]", "version: 1\nprojects: [{path: a/}]",
        "version: 1\nprojects: [{path: \"\"}]", "version: 1\nprojects: [{path: a}, {path: a}]",
        "version: 1\nsetup: [{inputs: [a]}]",
    ])
    func mistakesAreErrors(text: String) {
        #expect(throws: PolicyFileError.self) { try project(text) }
    }

    /// Each asks for one thing too much; the second text names the entry.
    @Test(arguments: [
        ("sandbox: {profile: debug}", "sandbox.profile"),
        ("sandbox: {profile: ./mine.yaml}", "sandbox.profile"),
        ("sandbox: {image: ubuntu}", "sandbox.image"),
        ("sandbox: {network: host}", "sandbox.network"),
        ("sandbox: {network: {allow: [packages.example.org]}}", "sandbox.network.allow"),
        ("sandbox: {limits: {memory: 3GiB}}", "sandbox.limits.memory"),
        ("sandbox: {limits: {wall: 11m}}", "sandbox.limits.wall"),
        ("sandbox: {limits: {cpus: 2.5}}", "sandbox.limits.cpus"),
        ("sandbox: {limits: {processes: 513}}", "sandbox.limits.processes"),
        ("sandbox: {limits: {disk: 5GiB}}", "sandbox.limits.disk"),
        ("sandbox: {binds: [/etc/ssl]}", "sandbox.binds"),
        ("sandbox: {secrets: [token]}", "sandbox.secrets"),
        ("heal: {attempts: 4}", "heal.attempts"),
        ("heal: {budget: {cost_usd: 4}}", "heal.budget.cost_usd"),
        (
            "projects: [{path: a, heal: {budget: {tokens: 400001}}}]",
            "projects[0].heal.budget.tokens"
        ),
        (
            "observability: {otlp: {endpoint: \"http://collector.example.org:4318/v1\"}}",
            "observability.otlp.endpoint"
        ),
        (
            "observability: {otlp: {endpoint: \"http://127.0.0.1.example.org/\"}}",
            "observability.otlp.endpoint"
        ),
    ])
    func wideningIsRefusedWithTheEntryThatWouldPermitIt(text: String, entry: String) throws {
        let asked = try project("version: 1\n" + text)
        let refusals = OperatorConfiguration().refusals(of: asked, repository: "/srv/repo")
        #expect(refusals.map(\.entry) == [entry])
        // The remedy, added to the operator's file, permits exactly what was asked for.
        let remedy = try #require(refusals.first?.remedy)
        let permitted = try operators(remedy)
        #expect(permitted.refusals(of: asked, repository: "/srv/repo").isEmpty)
        #expect(permitted.refusals(of: asked, repository: "/srv/other").map(\.entry) == [entry])
    }

    /// Nobody's reasoning is recorded against the operator's word.
    @Test func theOperatorsWordOnReasoningHolds() throws {
        let asked = try project("version: 1\nobservability: {include_reasoning: true}")
        let never = try operators("version: 1\nobservability: {include_reasoning: false}")
        let refusal = try #require(never.refusals(of: asked, repository: "r").first)
        #expect(refusal.entry == "observability.include_reasoning")
        let permitted = never.overridden(by: try operators(refusal.remedy))
        #expect(permitted.refusals(of: asked, repository: "r").isEmpty)
        #expect(OperatorConfiguration().refusals(of: asked, repository: "r").isEmpty)
    }

    @Test func aToolsTimeIsTheOperatorsAtMost() throws {
        let asked = try project("version: 1\nmodels: {limits: {tool_call: 6m}}")
        let refusal = try #require(
            OperatorConfiguration().refusals(of: asked, repository: "r").first)
        #expect(refusal.entry == "models.limits.tool_call" && refusal.allowed == "up to 5m")
        let shorter = try project("version: 1\nmodels: {limits: {tool_call: 90s}}")
        #expect(shorter.models?.limits?.toolCall?.milliseconds == 90_000)
        #expect(OperatorConfiguration().refusals(of: shorter, repository: "r").isEmpty)
    }

    @Test func phasesHaveTimes() throws {
        let phases = try project("version: 1\nheal: {phases: {triage: 2m, verify: 90s}}").heal?
            .phases
        #expect(phases?.triage?.milliseconds == 120_000 && phases?.verify?.milliseconds == 90_000)
        #expect(phases?.gate == nil)
    }

    @Test func tighteningIsNeverRefused() throws {
        let asked = try project(
            """
            version: 1
            sandbox: {profile: strict, network: loopback, limits: {memory: 64MiB, wall: 5s}}
            heal: {attempts: 1, budget: {tokens: 10}}
            observability: {otlp: {endpoint: "http://127.0.0.1:4318"}}
            """)
        #expect(OperatorConfiguration().refusals(of: asked, repository: "x").isEmpty)
    }

    @Test func aRemedyCannotSmuggleAnotherEntry() throws {
        let asked = try project(
            "version: 1\nsandbox: {image: \"x\\\"], host_network: true, images: [\\\"y\"}")
        let refusal = try #require(
            OperatorConfiguration().refusals(of: asked, repository: "r").first)
        let permitted = try operators(refusal.remedy)
        #expect(permitted.allowance(for: "r").hostNetwork == nil)
    }

    @Test func laterFilesReplaceEntries() throws {
        let system = try operators(
            "version: 1\nallow: {images: [a]}\nrepositories: [{repository: r, allow: {images: [b]}}]"
        )
        let user = try operators("version: 1\nallow: {images: [c]}")
        #expect(system.overridden(by: user).allowance(for: "r").images == ["c", "b"])
    }

    @Test func anUnknownKindOfAgentIsAnErrorWithTheNearestName() throws {
        let configuration = try operators("version: 1\nagents: {codex: {turns: 3, credential: c}}")
        #expect(configuration.agents?["codex"]?.turns == 3)
        #expect(configuration.agents?["codex"]?.credential == "c")
        #expect(configuration.agents?["aider"] == nil && configuration.agents?["x"] == nil)
        let error = #expect(throws: PolicyFileError.self) {
            try operators("version: 1\nagents:\n  claude_code: {turns: 3}")
        }
        #expect(error?.description.contains("did you mean claude-code?") == true)
    }
}
