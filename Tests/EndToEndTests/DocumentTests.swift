import DocumentSchemas
import Foundation
import JSONText
import LinuxKernel
import RunModel
import TestSupport
import Testing

/// Documents as the built tools write them, against their published JSON Schemas, judged by the
/// `jsonschema` package of Python.
@Suite(.serialized) struct DocumentTests {
    private static let tool: String = {
        let built = FileKind.linkTarget("/proc/self/exe") ?? ""
        return (built as NSString).deletingLastPathComponent + "/drydock"
    }()

    /// A package whose second commit breaks `double`, and whose third mends it.
    private func makeRepository(in directory: String) throws -> String {
        let path = directory + "/project"
        let script = """
            set -eu
            mkdir \(path); cd \(path); git init -q -b main
            git config user.name Tester; git config user.email tester@example.org
            mkdir tests
            printf 'def double(x):\\n    return 2 * x\\n' > calc.py
            printf 'from calc import double\\n\\n\\ndef test_double():\\n    assert double(4) == 8\\n' > tests/test_calc.py
            printf '[pytest]\\npythonpath = .\\n' > pytest.ini
            git add -A; git commit -qm good; git tag good
            printf 'def double(x):\\n    return 2 + x\\n' > calc.py
            git commit -qam bad; git tag bad
            printf 'def double(x):\\n    return x * 2\\n' > calc.py
            git commit -qam fix; git tag fix
            git reset -q --hard bad
            """
        let status = try run("/bin/sh", ["-c", script], state: directory).status
        try #require(status == 0)
        return path
    }

    private func run(
        _ program: String, _ arguments: [String], state: String
    ) throws -> (status: Int32, output: Data) {
        let process = Process()
        process.executableURL = URL(filePath: program)
        process.arguments = arguments
        process.environment = ProcessInfo.processInfo.environment.merging([
            "XDG_STATE_HOME": state, "XDG_CONFIG_HOME": state,
        ]) { $1 }
        let output = Pipe()
        process.standardOutput = output
        process.standardError = FileHandle.nullDevice
        try process.run()
        let data = try output.fileHandleForReading.readToEnd() ?? Data()
        process.waitUntilExit()
        return (process.terminationStatus, data)
    }

    private func check(_ document: Data, schema: String, in directory: String) throws {
        let entry = try #require(DocumentCatalog.all.first { $0.schema == schema })
        let paths = (schema: directory + "/schema.json", document: directory + "/document.json")
        try Data(try entry.jsonSchema().text(.compact).utf8).write(to: URL(filePath: paths.schema))
        try document.write(to: URL(filePath: paths.document))
        let judge = """
            import json, jsonschema, sys
            schema, document = (json.load(open(path)) for path in sys.argv[1:])
            jsonschema.Draft202012Validator.check_schema(schema)
            errors = list(jsonschema.Draft202012Validator(schema).iter_errors(document))
            for error in errors: print(list(error.path), error.message[:300])
            sys.exit(1 if errors else 0)
            """
        let verdict = try run(
            "/usr/bin/python3", ["-c", judge, paths.schema, paths.document], state: directory)
        #expect(
            verdict.status == 0, "\(schema): \(String(decoding: verdict.output, as: UTF8.self))")
    }

    @Test func runGateTriageVerifyAndHealWriteWhatTheirSchemasSay() throws {
        try withTemporaryDirectory { directory in
            let project = try makeRepository(in: directory)
            let report = directory + "/report.json"
            _ = try run(
                Self.tool,
                [
                    "run", "--repo", project, "--report", report, "--", "sh", "-c",
                    "echo x > new; mount -t tmpfs none /tmp; true",
                ], state: directory)
            try check(
                Data(contentsOf: URL(filePath: report)), schema: "drydock.run/v1", in: directory)

            let commands: [(String, Int32, [String])] = [
                ("gate", 0, ["--base", "bad", "--head", "fix"]),
                ("triage", 1, ["--good", "good", "--bad", "bad"]),
                ("verify", 0, ["--base", "bad", "--head", "fix"]),
                ("heal", 13, ["--good", "good", "--dry-run"]),
            ]
            for (name, status, options) in commands {
                let ended = try run(
                    Self.tool, [name, "--repo", project, "--format", "json"] + options,
                    state: directory)
                #expect(ended.status == status, "\(name)")
                try check(ended.output, schema: "drydock.\(name)/v1", in: directory)
                guard name == "heal" else { continue }
                let report = try JSONDecoder().decode(HealReport.self, from: ended.output)
                #expect(report.attempts.allSatisfy { $0.wallMilliseconds > 0 })
            }
            try expectRunsOnRecord(in: directory)
            let listings: [(String, [String])] = [
                ("runs", ["runs", "list"]), ("doctor", ["doctor"]), ("images", ["image", "list"]),
                ("key", ["keys", "create", "--name", "ci"]), ("keys", ["keys", "list"]),
            ]
            for (name, arguments) in listings {
                let ended = try run(
                    Self.tool, arguments + ["--format", "json"], state: directory)
                try check(ended.output, schema: "drydock.\(name)/v1", in: directory)
            }
        }
    }

    /// Both ended, and what each came to is still there.
    private func expectRunsOnRecord(in directory: String) throws {
        struct Listing: Decodable {
            struct Entry: Decodable { let id, kind, state, started_at: String }
            struct Incident: Decodable { let opened_at: String }
            let runs: [Entry]
            let incidents: [Incident]
        }
        let listed = try run(Self.tool, ["runs", "list", "--format", "json"], state: directory)
        let listing = try JSONDecoder().decode(Listing.self, from: listed.output)
        #expect(Set(listing.runs.map(\.kind)) == ["triage", "verify"])
        #expect(listing.runs.allSatisfy { $0.state == "ended" } && listing.incidents.count == 1)
        for entry in listing.runs {
            let document = try run(Self.tool, ["runs", "logs", entry.id], state: directory)
            try check(document.output, schema: "drydock.\(entry.kind)/v1", in: directory)
            let story = try run(Self.tool, ["runs", "show", entry.id], state: directory)
            #expect(String(decoding: story.output, as: UTF8.self).contains("bad"))
            let stop = try run(Self.tool, ["runs", "stop", entry.id], state: directory)
            #expect(String(decoding: stop.output, as: UTF8.self) == "\(entry.id) has ended\n")
        }
    }

    /// Shells and help know every option of `run`, which is not parsed like the other commands.
    @Test func runIsCompletedAndExplained() throws {
        func output(_ arguments: [String]) throws -> String {
            let ended = try ChildProcess(
                [Self.tool] + arguments, environment: ProcessInfo.processInfo.environment
            ).run()
            #expect(ended.status == 0)
            return String(decoding: ended.output, as: UTF8.self)
        }
        let help = try output(["help", "run"])
        #expect(try output(["run", "--help"]) == help && output(["run", "-h"]) == help)
        let script = try output(["--generate-completion-script", "bash"])
        let start = try #require(script.firstRange(of: "_drydock_run() {"))
        let own = script[start.upperBound...].prefix { $0 != "}" }
        let offered = Set(own.split { " ()\n".contains($0) }.filter { $0.hasPrefix("--") })
        #expect(offered.count == 26, "\(offered.sorted())")
        for option in offered where option != "--version" {
            #expect(help.contains(option), "\(option)")
        }
        for option in ["--bind", "--cpu-time", "--trace-files", "--net-replay", "--tty"] {
            #expect(offered.contains(option[...]), "\(option)")
        }
        for status in ["124", "125", "126", "127", "137", "143"] {
            #expect(help.contains(status), "\(status)")
        }
    }

    /// Wrong calls that would otherwise be answered as if something else had been asked.
    @Test(arguments: [
        (["help", "bogus"], "There is no command bogus"),
        (["help", "runs", "bogus"], "There is no command bogus"),
        (["run", "--env", "--", "true"], "--env needs a value"),
        (["run", "--report", "-", "--", "true"], "--report writes a file"),
        (["run", "--profile", "nope", "--", "true"], "build, debug, strict"),
        (["run", "--profile", "buidl", "--", "true"], "did you mean build?"),
        (
            ["gate", "--base", "bad", "--head", "fix", "--policy", "defualt"],
            "did you mean default?"
        ),
        (["policy", "show", "nope"], "default, "),
        (["heal", "--baseline", "/dev/null"], "add --results FILE"),
        (["heal", "--max-cost-usd", "-1"], "--max-cost-usd must not be negative"),
        (["heal", "--event", "/etc/hostname"], "it is no JSON"),
        (["gate", "--base", "HEAD", "--patch", "/dev/null"], "The patch is empty"),
        (
            ["verify", "--base", "bad", "--head", "fix", "--attest", "/nowhere/at/all"],
            "Name a file in a directory that exists"
        ),
    ])
    func wrongCallsAreNotTakenForOthers(arguments: [String], complaint: String) throws {
        try withTemporaryDirectory { directory in
            let project = try makeRepository(in: directory)
            let environment = ProcessInfo.processInfo.environment.merging([
                "XDG_STATE_HOME": directory, "XDG_CONFIG_HOME": directory,
            ]) { $1 }
            let ended = try ChildProcess(
                [Self.tool] + arguments, environment: environment, directory: project
            ).run()
            #expect(ended.status == (arguments[0] == "run" ? 125 : 2))
            let errors = String(decoding: ended.error, as: UTF8.self)
            #expect(errors.contains(complaint), "\(errors)")
            #expect(ended.output.isEmpty)
        }
    }
}
