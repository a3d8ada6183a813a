import Foundation
import JSONText
import Repair
import RunModel
import TestSupport
import Testing

/// The model-backed fixer over a real repository and a test that is really run; only the model is
/// a script.
@Suite struct ModelFixerTests {
    static let plan: JSONValue = [
        "hypothesis": "add subtracts",
        "steps": [["path": "src/add.py", "change": "add instead", "is_new_file": false]],
        "gives_up_because": nil,
    ]
    static let edit: JSONValue = [
        "path": "src/add.py", "old_text": "return a - b", "new_text": "return a + b",
    ]

    /// A model that does everything right.
    static let good: ScriptedClient.Script = { request, _ in
        if request.wantsPlan { return .say(plan.text()) }
        if request.role == .locator { return .say("it is in add.py") }
        return request.messages.contains { $0.role == .tool } ? .say("done") : .call("edit", edit)
    }

    static func run(
        _ scripts: [ScriptedClient.Script], limits: ModelLimits = ModelLimits(),
        meter: MemoryMeter = MemoryMeter(), log: String = "AssertionError",
        history: [TriedProposal] = [], files: [String: String] = [:], contextTokens: Int = 65_536,
        executor: (any CommandExecutor)? = nil, recordsReasoning: Bool = false,
        _ body: (FixerAnswer, RepairFixture, MemoryMeter, [ScriptedClient]) async throws -> Void
    ) async throws {
        let source = "def add(a, b):\n    return a + b\n"
        let test =
            "import sys; sys.path.insert(0, 'src')\nfrom add import add\nassert add(2, 3) == 5\n"
        try await RepairFixture.with(
            good: ["src/add.py": source, "tests/check.py": test].merging(files) { $1 },
            culprit: ["src/add.py": source.replacing("+", with: "-")],
            test: "python3 tests/check.py"
        ) { fixture in
            let clients = scripts.map(ScriptedClient.init)
            var tools = fixture.tools()
            if let executor { tools.executor = executor }
            var access = ModelAccess(
                ladder: clients.enumerated().map { number, client in
                    RepairModel(
                        id: "test/model-\(number)", client: client, name: "model-\(number)",
                        contextTokens: contextTokens, outputTokens: 1_000)
                }, limits: limits, meter: meter, recorder: meter)
            access.recordsReasoning = recordsReasoning
            tools.models = access
            let answer = try await ModelFixer().propose(
                for: fixture.problem(log: log, causal: ["src/add.py"], history: history),
                using: tools)
            try await body(answer, fixture, meter, clients)
        }
    }

    @Test func plansThenActs() async throws {
        try await Self.run([Self.good]) { answer, fixture, meter, clients in
            let proposal = try #require(answer.proposal, "\(answer.reason)")
            #expect(try fixture.changed(proposal.tree) == ["src/add.py"])
            #expect(try fixture.text("src/add.py", in: proposal.tree).contains("a + b"))
            #expect(proposal.kind == .agent && proposal.spending?.calls == 4)
            let roles = clients[0].requests.compactMap(\.role)
            #expect(roles == [.locator, .locator, .fixer, .fixer])
            #expect(meter.count("tool.called") == 1 && meter.count("role.routed") == 1)
            #expect(meter.uses.allSatisfy { $0.used == 110 })
        }
    }

    /// A command that never ends, until it is cancelled.
    private struct EndlessExecutor: CommandExecutor {
        func run(_ request: CommandRequest) async throws -> CommandResult {
            try await Task.sleep(for: .seconds(600))
            throw CancellationError()
        }
    }

    @Test func aToolThatDoesNotEndIsStoppedAndTheModelGoesOn() async throws {
        var limits = ModelLimits()
        limits.toolCallMilliseconds = 200
        let run: JSONValue = ["command": "sleep 600"]
        try await Self.run(
            [
                { request, number in
                    let seen = request.messages.filter { $0.role == .tool }
                    if request.role == .fixer, seen.isEmpty { return .call("run", run) }
                    if request.role == .fixer, seen.count == 1 { return .call("edit", Self.edit) }
                    return try Self.good(request, number)
                }
            ], limits: limits, executor: EndlessExecutor()
        ) { answer, fixture, meter, clients in
            #expect(answer.proposal != nil, "\(answer.reason)")
            let call = try #require(meter.events.first { $0.kind == "tool.called" })
            #expect(call.payload["tool"] == "run" && call.payload["is_error"] == true)
            #expect(call.payload["answer"]?.stringValue?.contains("no end within 200ms") == true)
        }
    }

    @Test func reasoningIsRecordedByChoiceOnly() async throws {
        for isChosen in [false, true] {
            try await Self.run(
                [
                    { request, number in
                        var answer = try Self.good(request, number)
                        answer.reasoning =
                            "the key is sk-ant-api03-\(String(repeating: "a", count: 40))"
                        return answer
                    }
                ], recordsReasoning: isChosen
            ) { answer, _, meter, clients in
                #expect(answer.proposal != nil, "\(answer.reason)")
                let recorded = meter.events.map { $0.payload.text() }.joined()
                #expect(recorded.contains("the key is") == isChosen)
                #expect(!recorded.contains("sk-ant-api03-aaaa"))
                // Nor does it go back to any model.
                let sent = clients[0].requests.flatMap(\.messages).map(\.text).joined()
                #expect(!sent.contains("the key is"))
            }
        }
    }

    @Test func longLogsGoToTheAnalyst() async throws {
        let log = String(repeating: "noise\n", count: 1_000) + "AssertionError"
        let analysis: JSONValue = [
            "root_cause": "wrong sum", "consequences": "none", "names": ["add"], "files": [],
            "confidence": "high",
        ]
        try await Self.run(
            [
                { request, number in
                    if request.role == .logAnalyst { return .say(analysis.text()) }
                    return try Self.good(request, number)
                }
            ], log: log
        ) { answer, _, _, clients in
            #expect(answer.proposal != nil)
            #expect(clients[0].requests.first?.role == .logAnalyst)
            #expect(clients[0].requests[1].messages[1].text.contains("wrong sum"))
        }
    }

    /// Twelve ways of being wrong. None of them becomes a proposal, each ends, each is recorded.
    static let wrongWays: [(String, ScriptedClient.Script)] = [
        (
            "prose instead of a plan",
            { request, _ in
                request.wantsPlan ? .say("I would change it.") : try good(request, 0)
            }
        ),
        (
            "a plan that edits the test",
            { request, _ in
                guard request.wantsPlan else { return try good(request, 0) }
                return .say(plan.text().replacing("src/add.py", with: "tests/check.py"))
            }
        ),
        (
            "a plan for a file that is not there",
            { request, _ in
                guard request.wantsPlan else { return try good(request, 0) }
                return .say(plan.text().replacing("src/add.py", with: "src/other.py"))
            }
        ),
        (
            "a plan that leaves the repository",
            { request, _ in
                guard request.wantsPlan else { return try good(request, 0) }
                return .say(plan.text().replacing("src/add.py", with: "../../etc/passwd"))
            }
        ),
        (
            "a claim without a change",
            { request, _ in
                request.role == .fixer ? .say("I fixed it. All tests pass.") : try good(request, 0)
            }
        ),
        (
            "a change that does not help",
            { request, _ in
                guard request.role == .fixer else { return try good(request, 0) }
                return request.lastText.contains("changed")
                    ? .say("done") : .call("edit", edit.adding("new_text", "return b - a"))
            }
        ),
        (
            "a change that does not parse",
            { request, _ in
                guard request.role == .fixer else { return try good(request, 0) }
                return request.lastText.contains("changed")
                    ? .say("done") : .call("edit", edit.adding("new_text", "return ((("))
            }
        ),
        (
            "tools that do not exist",
            { request, _ in
                request.role == .fixer ? .call("delete_tests") : try good(request, 0)
            }
        ),
        (
            "arguments that do not fit",
            { request, _ in
                request.role == .fixer ? .call("edit", ["file": "x"]) : try good(request, 0)
            }
        ),
        (
            "arguments that are not JSON",
            { request, _ in
                request.role == .fixer ? .callText("edit", "{\"path\":") : try good(request, 0)
            }
        ),
        (
            "going round in circles",
            { request, _ in
                request.role == .fixer
                    ? .call("read", ["path": "src/add.py", "first_line": nil, "line_count": nil])
                    : try good(request, 0)
            }
        ),
        (
            "a refusal",
            { request, _ in
                request.role == .fixer
                    ? .say("I can't help.", stop: .refused) : try good(request, 0)
            }
        ),
        (
            "giving up",
            { request, _ in
                request.role == .fixer
                    ? .call("give_up", ["reason": "no idea"]) : try good(request, 0)
            }
        ),
        (
            "never an end",
            { request, number in
                request.role == .fixer
                    ? .call("search", ["text": .string("x\(number)"), "paths": nil])
                    : try good(request, number)
            }
        ),
        (
            "answers that are cut off",
            { request, _ in
                request.role == .fixer ? .say("and then", stop: .outputLimit) : try good(request, 0)
            }
        ),
    ]

    @Test(arguments: wrongWays.indices) func wrongAnswersBecomeNothing(index: Int) async throws {
        let (name, script) = Self.wrongWays[index]
        var limits = ModelLimits()
        limits.turns = 12
        try await Self.run([script], limits: limits) { answer, _, meter, clients in
            #expect(answer.proposal == nil, "\(name)")
            #expect(!answer.reason.isEmpty)
            #expect(meter.count("ladder.left") == 1)
            #expect(clients[0].requests.count < 30, "\(name)")
            #expect(meter.uses.allSatisfy { $0.used != nil }, "every reservation is settled")
        }
    }

    @Test func theNextModelOfTheLadderTakesOver() async throws {
        try await Self.run([Self.wrongWays[7].1, Self.good]) { answer, _, meter, clients in
            #expect(answer.proposal != nil)
            #expect(meter.count("ladder.left") == 1 && meter.count("tool.refused") == 4)
            #expect(clients[1].requests.count == 4)
        }
        // What the first one proposed did not hold: it is not asked again.
        let tried = [TriedProposal(fixer: "model", tree: "0", note: "not verified")]
        try await Self.run([Self.good, Self.good], history: tried) { answer, _, _, clients in
            #expect(answer.proposal != nil)
            #expect(clients[0].requests.isEmpty && clients[1].requests.count == 4)
        }
    }

    @Test func wrongCallsAreCorrectedAndForgiven() async throws {
        try await Self.run([
            { request, number in
                guard request.role == .fixer else { return try Self.good(request, number) }
                let results = request.messages.filter { $0.role == .tool }
                switch results.count {
                case 0: return .call("edit", Self.edit.adding("old_text", "return a * b"))
                case 1: return .callText("edit", "not json")
                case 2: return .call("shell", ["command": "rm -rf /"])
                case 3:
                    #expect(results[0].isError && results[0].text.contains("does not stand in"))
                    #expect(results[1].text.contains("not JSON"))
                    #expect(results[2].text.contains("you have: apply_patch"))
                    return .call("edit", Self.edit)
                default: return .say("done")
                }
            }
        ]) { answer, _, meter, _ in
            #expect(answer.proposal != nil, "\(answer.reason)")
            #expect(meter.count("tool.refused") == 2)
        }
    }

    @Test func failuresOfTheModelAreSettledAndRepeated() async throws {
        let usage = ModelUsage(inputTokens: 50, outputTokens: 7, isEstimated: true)
        try await Self.run([
            { request, number in
                if number == 0 || number == 3 {
                    throw ModelFailure(.interrupted, subject: "m", reason: "cut", usage: usage)
                }
                return try Self.good(request, number)
            }
        ]) { answer, _, meter, _ in
            #expect(answer.proposal?.spending?.tokens == 4 * 110 + 2 * 57)
            #expect(meter.count("model.failed") == 2)
        }
        try await Self.run([
            { _, _ in throw ModelFailure(.wrongKey, subject: "m", reason: "401", remedy: "Mend it")
            }
        ]) { answer, _, _, clients in
            #expect(answer.reason.contains("Mend it") && clients[0].requests.count == 1)
        }
    }

    /// However the budget is cut, no call is made that it does not cover, and none is forgotten.
    @Test(arguments: Array(stride(from: 0, through: 24_000, by: 1_500))) func budgetsHoldToTheToken(
        limit: Int
    ) async throws {
        let meter = MemoryMeter(tokenLimit: limit)
        do {
            try await Self.run([Self.good], meter: meter) { answer, _, _, _ in
                #expect(answer.proposal != nil)
            }
        } catch is ModelBudgetRefusal {}
        let used = meter.uses.reduce(0) { $0 + ($1.used ?? $1.reserved) }
        #expect(used <= limit)
    }

    @Test func longOutputsArePagedAndOldTurnsSummarised() async throws {
        let big = (0..<4_000).map { "line \($0) of a long file" }.joined(separator: "\n")
        try await Self.run(
            [
                { request, number in
                    guard request.role == .fixer else { return try Self.good(request, number) }
                    let results = request.messages.count { $0.role == .tool }
                    switch results {
                    case 0:
                        return .call(
                            "read", ["path": "big.txt", "first_line": 1, "line_count": 2_000])
                    case 1:
                        #expect(request.lastText.contains("characters left out"))
                        return .call("output", ["id": "o1", "offset": nil, "query": "line 1234 "])
                    case 2:
                        #expect(request.lastText.contains("line 1234 of a long file"))
                        return .call("edit", Self.edit)
                    case 3...12:
                        return .call(
                            "read",
                            [
                                "path": "big.txt", "first_line": JSONValue(results * 7),
                                "line_count": 200,
                            ])
                    default: return .say("done")
                    }
                }
            ], files: ["big.txt": big], contextTokens: 16_000
        ) { answer, _, _, clients in
            #expect(answer.proposal != nil, "\(answer.reason)")
            #expect(
                clients[0].requests.last?.messages.contains { $0.text.contains("[summarised") }
                    ?? false)
            for request in clients[0].requests {
                #expect(TokenEstimate.inputTokens(request) < 16_000)
            }
        }
    }

    @Test func withoutModelsItSaysWhatIsMissing() async throws {
        try await Self.run([]) { answer, _, _, _ in
            #expect(answer.reason.contains("models:"))
        }
    }
}
