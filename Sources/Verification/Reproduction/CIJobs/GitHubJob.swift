internal import PolicyFiles

/// A job of GitHub Actions (docs.github.com, "Workflow syntax for GitHub Actions").
struct GitHubJob {
    let root: PolicyNode
    let file: String

    func job(_ name: String, matrix wanted: [String: String]) throws(ReproError) -> CIJob {
        guard let job = root["jobs"]?[name], job.entries != nil else {
            let names = (root["jobs"]?.entries ?? []).map(\.key)
            throw ReproError(
                file, "it has no job '\(name)'", remedy: "it has \(names.joined(separator: ", "))")
        }
        var omissions = Omissions()
        if let uses = job["uses"]?.text {
            throw ReproError(
                file, "the job '\(name)' calls the workflow \(uses)",
                remedy: "name that file and its job")
        }
        let combination = try matrix(of: job).chosen(wanted, file: file)
        var values: [String: String] = [:]
        for (key, value) in combination { values["matrix.\(key)"] = value }
        values["github.workspace"] = "."
        values["runner.os"] = "Linux"
        var environment: [String: String] = [:]
        for node in [root["env"], job["env"]] {
            for (key, value) in node?.texts ?? [:] {
                environment[key] = expand(value, values, &omissions, place: "env \(key)")
            }
        }
        for (key, value) in environment { values["env.\(key)"] = value }
        var script = "set -e\n"
        for (index, step) in (job["steps"]?.items ?? []).enumerated() {
            script += self.step(
                step, number: index + 1, job: job, values: values, environment: environment,
                omissions: &omissions)
        }
        guard script != "set -e\n" else {
            throw ReproError(
                file, "the job '\(name)' runs no command", remedy: "name a job with run steps")
        }
        note(job, &omissions)
        return CIJob(
            script: script, environment: environment, matrix: combination,
            image: job["container"]?.text ?? job["container"]?["image"]?.text,
            notCarried: omissions.all)
    }

    private func note(_ job: PolicyNode, _ omissions: inout Omissions) {
        if let runner = job["runs-on"]?.lines.joined(separator: ", "), !runner.isEmpty {
            omissions.note("the runner \(runner): it runs in this machine's image")
        }
        for service in job["services"]?.entries ?? [] {
            omissions.note("the service \(service.key)")
        }
        for need in job["needs"]?.lines ?? [] {
            omissions.note("what the job \(need), which runs before, leaves or puts out")
        }
        if job["permissions"] != nil { omissions.note("the permissions of the job's token") }
    }

    private func step(
        _ step: PolicyNode, number: Int, job: PolicyNode, values: [String: String],
        environment: [String: String], omissions: inout Omissions
    ) -> String {
        let label = step["name"]?.text ?? "step \(number)"
        if let uses = step["uses"]?.text {
            // The tree is what the checkout would bring.
            let isCheckout = uses.hasPrefix("actions/checkout@") && step["with"] == nil
            if !isCheckout { omissions.note("the action \(uses) (\(label))") }
            return ""
        }
        guard let run = step["run"]?.text else { return "" }
        if let condition = step["if"]?.text {
            // Steps for what happens after a failure are not what failed.
            let isAfter = ["failure()", "always()", "cancelled()"].contains(
                where: condition.contains)
            omissions.note(
                "the condition of \(label): \(condition) ("
                    + (isAfter ? "it is left out)" : "it runs always)"))
            if isAfter { return "" }
        }
        var values = values
        var lines = ["# \(label.replacing("\n", with: " "))"]
        for (key, value) in (step["env"]?.texts ?? [:]).sorted(by: { $0.key < $1.key }) {
            let text = expand(value, values, &omissions, place: "env \(key) of \(label)")
            values["env.\(key)"] = text
            lines.append("export \(key)=\(ShellText.quote(text))")
        }
        let defaults = job["defaults"]?["run"] ?? root["defaults"]?["run"]
        if let folder = (step["working-directory"] ?? defaults?["working-directory"])?.text {
            let text = expand(folder, values, &omissions, place: label)
            lines.append("cd \(ShellText.quote(text))")
        }
        let body = expand(run, values, &omissions, place: label)
        let shell = (step["shell"] ?? defaults?["shell"])?.text ?? "bash"
        lines.append(Self.call(shell, body, label: label, &omissions))
        if step["continue-on-error"]?.text == "true" {
            return "(\n" + lines.joined(separator: "\n") + "\n) || true\n"
        }
        return "(\n" + lines.joined(separator: "\n") + "\n)\n"
    }

    private static func call(
        _ shell: String, _ body: String, label: String, _ omissions: inout Omissions
    ) -> String {
        switch shell {
        case "bash": return "bash --noprofile --norc -eo pipefail -c \(ShellText.quote(body))"
        case "sh": return "sh -e -c \(ShellText.quote(body))"
        case "python": return "python3 -c \(ShellText.quote(body))"
        default:
            omissions.note("the shell \(shell) of \(label): it runs in bash")
            return "bash --noprofile --norc -eo pipefail -c \(ShellText.quote(body))"
        }
    }

    private func matrix(of job: PolicyNode) -> JobMatrix {
        var matrix = JobMatrix(axes: [])
        for entry in job["strategy"]?["matrix"]?.entries ?? [] {
            switch entry.key {
            case "include": matrix.included = (entry.value.items ?? []).map(\.texts)
            case "exclude": matrix.excluded = (entry.value.items ?? []).map(\.texts)
            default:
                let values = (entry.value.items ?? []).compactMap(\.text)
                if !values.isEmpty { matrix.axes.append((entry.key, values)) }
            }
        }
        return matrix
    }

    /// Puts known values in the place of `${{ ... }}`; what is not known becomes empty, and is said.
    private func expand(
        _ text: String, _ values: [String: String], _ omissions: inout Omissions, place: String
    ) -> String {
        var result = ""
        var rest = text[...]
        while let start = rest.firstRange(of: "${{") {
            result += rest[..<start.lowerBound]
            rest = rest[start.upperBound...]
            guard let end = rest.firstRange(of: "}}") else {
                return result + "${{" + rest
            }
            let expression = rest[..<end.lowerBound].filter { !$0.isWhitespace }
            rest = rest[end.upperBound...]
            if let value = values[expression] {
                result += value
            } else {
                omissions.note("the value of ${{ \(expression) }} in \(place): it is empty")
            }
        }
        return result + rest
    }
}

/// Text in single quotes for a POSIX shell.
enum ShellText {
    static func quote(_ text: String) -> String {
        "'" + text.replacing("'", with: "'\\''") + "'"
    }
}
