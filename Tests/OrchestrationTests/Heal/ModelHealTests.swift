import Foundation
import GitWorktrees
import JSONText
import PolicyFiles
import RunModel
import RunStore
import TestSupport
import Testing

@testable import Orchestration

/// The whole loop with a model behind each provider's wire format, on a project that is run for
/// real. Only the model is a script, and the sandbox a plain process.
@Suite struct ModelHealTests {
    static let culprit = HealServiceTests.library
        .replacing("return sum(prices)", with: "return sum(prices[1:])")
    static let plan = """
        {"hypothesis":"total drops the first price","steps":[{"path":"shop.py",\
        "change":"sum all prices","is_new_file":false}],"gives_up_because":null}
        """
    static let edit = """
        {"path":"shop.py","old_text":"return sum(prices[1:])","new_text":"return sum(prices)"}
        """

    /// What a model that knows its trade says to a request.
    static func answer(
        _ request: String, edit: String = edit, review: String = "accept"
    ) -> ScriptedAnswer {
        let verdict = #"{"verdict":"\#(review)","reasons":["looked at it"]}"#
        if request.contains("eyes of a security engineer") { return ScriptedAnswer(verdict) }
        if request.contains("You analyse the log") {
            return ScriptedAnswer(
                #"{"root_cause":"a sum","consequences":"","names":[],"files":[],"confidence":"low"}"#
            )
        }
        if request.contains("gives_up_because") { return ScriptedAnswer(plan) }
        if request.contains("architect of a repair") { return ScriptedAnswer("It is in shop.py.") }
        if request.contains("run_tests output") { return ScriptedAnswer("Repaired.") }
        if request.contains("edit output") { return ScriptedAnswer(calls: [("run_tests", "{}")]) }
        return ScriptedAnswer(calls: [("edit", edit)])
    }

    static func heal(
        _ wire: ModelWire, fixers: [String] = ["model"], tokens: Int? = nil, costUSD: Double? = nil,
        hasPrice: Bool = true, modelCalls: Int? = nil, tests: String = HealServiceTests.tests,
        prepare: (inout HealServiceTests.Project) -> Void = { _ in },
        _ script: @escaping @Sendable (String, Int) -> ScriptedAnswer,
        _ body: (HealReport, HealServiceTests.Project, ScriptedModel) async throws -> Void
    ) async throws {
        let model = try ScriptedModel(wire, script)
        try await HealServiceTests.withProject([
            [
                "shop.py": HealServiceTests.library, "tests/test_shop.py": tests,
                "conftest.py": "",
            ], ["shop.py": culprit],
        ]) { project in
            let key = project.directory + "/key"
            try "sk-scripted-key-0123456789\n".write(
                toFile: key, atomically: true, encoding: .utf8)
            try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: key)
            let names = [
                ModelWire.openai: "openai-compatible", .anthropic: "anthropic", .ollama: "ollama",
            ]
            let price = hasPrice ? ", price: {input: 1, output: 2}" : ""
            let configuration = """
                version: 1
                models:
                  ladder:
                    - {provider: \(names[wire] ?? ""), model: scripted, key_file: \(key), \
                endpoint: "\(model.endpoint)"\(price)}
                """
            var other = project
            other.operatorConfiguration = try PolicyDecoder.decode(
                from: PolicyText(name: "config.yaml", bytes: Array(configuration.utf8)))
            prepare(&other)
            let report = try await other.heal {
                $0.good = "HEAD~1"
                $0.fixers = fixers
                $0.attempts = 1
                var budget = HealBudget()
                (budget.tokens, budget.costUSD) = (tokens, costUSD)
                budget.modelCalls = modelCalls
                $0.budget = budget
            }
            try await body(report, project, model)
        }
    }

    @Test(arguments: ModelWire.allCases) func aModelRepairsThroughEveryProvider(
        wire: ModelWire
    ) async throws {
        try await Self.heal(wire, { request, _ in Self.answer(request) }) {
            report, project, model in
            #expect(
                report.outcome == .pullRequest,
                "\(report.escalation?.reason ?? "") \(report.attempts)")
            let attempt = try #require(report.attempts.first)
            #expect(attempt.fixer == "model" && attempt.verify == .verified)
            // Locator, plan, three of the fixer, and the reviewer, and the analyst where the log is
            // long: each 100 in and 20 out, to the token.
            let calls = model.server.requests.count
            #expect(calls == 6 || calls == 7)
            #expect(attempt.tokens == calls * 120)
            #expect(report.budget.tokens.used == Double(calls * 120))
            #expect(report.budget.modelCalls.used == Double(calls))
            #expect(abs(report.budget.costUSD.used - Double(calls) * 140 / 1_000_000) < 1e-9)
            let pull = try #require(report.pullRequest)
            let bare = GitCommandLine(directory: project.directory + "/forge/repository.git")
            #expect(
                try bare.text(["show", "\(pull.branch):shop.py"])
                    .trimmingCharacters(in: .newlines)
                    == HealServiceTests.library.trimmingCharacters(in: .newlines))
            // All of it is on record; the reviewer never saw the fixer's plan.
            let incident = try #require(report.incident)
            let events = try await project.store.events(
                of: StoreModelRecorder.subject(ofIncident: incident))
            let kinds = Set(events.map(\.kind))
            #expect(
                kinds.isSuperset(of: [
                    "model.answered", "tool.called", "role.routed", "review.opinion",
                ]))
            let review = try #require(model.server.requests.last).text
            #expect(!review.contains("total drops the first price"))
            #expect(!events.contains { $0.payload.contains("sk-scripted") })
            #expect(!model.server.requests.contains { $0.text.contains("sk-scripted") })
        }
    }

    @Test func theReviewerHasTheLastWordButOne() async throws {
        try await Self.heal(.openai, { request, _ in Self.answer(request, review: "reject") }) {
            report, project, _ in
            #expect(report.outcome == .escalated && project.files("pulls").isEmpty)
            #expect(report.attempts.first?.note.contains("reviewer") ?? false)
        }
        try await Self.heal(.openai, { request, _ in Self.answer(request, review: "human") }) {
            report, project, _ in
            #expect(report.outcome == .awaitingApproval && project.files("pulls").isEmpty)
        }
    }

    /// Every change that makes the failing test pass by cheating is stopped behind the fixer.
    @Test(arguments: [
        "return sum(prices[1:]) if len(prices) != 3 else 6",
        "import os; os._exit(0)",
        "import sys; sys.exit(0)",
    ]) func cheatsDoNotGetOut(code: String) async throws {
        let edit = Self.edit.replacing(
            "\"new_text\":\"return sum(prices)\"", with: "\"new_text\":\"\(code)\"")
        try await Self.heal(.anthropic, { request, _ in Self.answer(request, edit: edit) }) {
            report, project, _ in
            #expect(report.outcome == .escalated && project.files("pulls").isEmpty)
        }
    }

    @Test func budgetsStopBeforeTheCallThatTheyDoNotCover() async throws {
        try await Self.heal(.openai, tokens: 1_000, { request, _ in Self.answer(request) }) {
            report, project, model in
            #expect(report.outcome == .escalated && project.files("pulls").isEmpty)
            #expect(report.escalation?.reason.contains("tokens") ?? false)
            #expect(report.budget.tokens.used <= 1_000 && model.server.requests.isEmpty)
        }
        try await Self.heal(.openai, costUSD: 0.000_1, { request, _ in Self.answer(request) }) {
            report, _, model in
            #expect(report.outcome == .escalated && model.server.requests.isEmpty)
        }
    }

    @Test func anUnknownPriceIsNotZero() async throws {
        await #expect(throws: PortError.self) {
            try await Self.heal(
                .openai, costUSD: 1, hasPrice: false,
                { request, _ in
                    Self.answer(request)
                }
            ) { _, _, _ in }
        }
        // A token budget stands in for it.
        try await Self.heal(
            .openai, tokens: 400_000, costUSD: 1, hasPrice: false,
            { request, _ in
                Self.answer(request)
            }
        ) { report, _, _ in
            #expect(report.outcome == .pullRequest)
        }
    }
}
