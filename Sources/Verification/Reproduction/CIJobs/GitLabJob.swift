internal import PolicyFiles

/// A job of GitLab CI/CD (docs.gitlab.com, "CI/CD YAML syntax reference").
struct GitLabJob {
    let root: PolicyNode
    let file: String

    /// Keys at the root that are no jobs.
    private static let reserved: Set = [
        "default", "include", "stages", "variables", "workflow", "image", "services",
        "before_script", "after_script", "cache", "pages", "spec",
    ]
    /// Chains of `extends` have at most that many links, as GitLab's own have.
    private static let depthMax = 11

    func job(_ name: String, matrix wanted: [String: String]) throws(ReproError) -> CIJob {
        guard let own = root[name], own.entries != nil, !Self.reserved.contains(name) else {
            let names = (root.entries ?? []).map(\.key).filter {
                !Self.reserved.contains($0) && !$0.hasPrefix(".")
            }
            throw ReproError(
                file, "it has no job '\(name)'", remedy: "it has \(names.joined(separator: ", "))")
        }
        var omissions = Omissions()
        let job = try merged(own, depth: 0)
        let combination = try matrix(of: job).chosen(wanted, file: file)
        var environment = variables(root["variables"])
        environment.merge(variables(job["variables"])) { $1 }
        environment.merge(combination) { $1 }
        environment["CI"] = "true"
        environment["CI_JOB_NAME"] = name
        environment["CI_PROJECT_DIR"] = "."
        let before = job["before_script"] ?? inherited("before_script")
        var lines: [String] = []
        for node in [before, job["script"]] {
            lines +=
                try node.map { node throws(ReproError) in
                    try commands(node, depth: 0, &omissions)
                } ?? []
        }
        guard job["script"] != nil, !lines.isEmpty else {
            throw ReproError(
                file, "the job '\(name)' has no script", remedy: "name a job with a script")
        }
        note(job, &omissions)
        return CIJob(
            script: "set -eo pipefail\n" + lines.joined(separator: "\n") + "\n",
            environment: environment, matrix: combination, image: image(job),
            notCarried: omissions.all)
    }

    private func inherited(_ key: String) -> PolicyNode? { root["default"]?[key] ?? root[key] }

    private func image(_ job: PolicyNode) -> String? {
        let node = job["image"] ?? inherited("image")
        return node?.text ?? node?["name"]?.text
    }

    private func note(_ job: PolicyNode, _ omissions: inout Omissions) {
        if let image = image(job) {
            omissions.note("the image \(image): it runs in this machine's image")
        }
        for service in (job["services"] ?? inherited("services"))?.items ?? [] {
            omissions.note("the service \(service.text ?? service["name"]?.text ?? "?")")
        }
        for include in root["include"].map({ $0.items ?? [$0] }) ?? [] {
            let place =
                include.text
                ?? include.texts.sorted { $0.key < $1.key }
                .map { "\($0.key) \($0.value)" }.joined(separator: " ")
            omissions.note("what the file includes: \(place)")
        }
        for need in (job["needs"] ?? job["dependencies"])?.items ?? [] {
            omissions.note("artifacts of the job \(need.text ?? need["job"]?.text ?? "?")")
        }
        if job["cache"] != nil || inherited("cache") != nil { omissions.note("the cache") }
        if job["rules"] != nil || job["only"] != nil || job["except"] != nil {
            omissions.note("the rules that decide whether the job runs: it runs always")
        }
        if job["after_script"] != nil { omissions.note("after_script: it runs after the failure") }
        for secret in job["secrets"]?.entries ?? [] { omissions.note("the secret \(secret.key)") }
    }

    private func variables(_ node: PolicyNode?) -> [String: String] {
        var result = node?.texts ?? [:]
        for entry in node?.entries ?? [] {
            if let value = entry.value["value"]?.text { result[entry.key] = value }
        }
        return result
    }

    /// The job with what it extends below it, and with merge keys (`<<`) taken in.
    private func merged(_ job: PolicyNode, depth: Int) throws(ReproError) -> PolicyNode {
        guard depth < Self.depthMax else {
            throw ReproError(
                file, "jobs extend each other more than \(Self.depthMax) deep",
                remedy: "shorten the chain")
        }
        var result = PolicyNode(content: .mapping([]), location: job.location)
        for name in job["extends"]?.lines ?? [] {
            guard let parent = root[name] else {
                throw ReproError(
                    file, "a job extends '\(name)', which is not in the file",
                    remedy: "it may come from an include: put that into the file")
            }
            result = Self.over(try merged(parent, depth: depth + 1), result)
        }
        return Self.over(Self.flattened(job), result)
    }

    private static func flattened(_ node: PolicyNode) -> PolicyNode {
        guard let entries = node.entries else { return node }
        var result = PolicyNode(content: .mapping([]), location: node.location)
        for entry in entries where entry.key == "<<" {
            for part in entry.value.items ?? [entry.value] { result = over(part, result) }
        }
        let own = entries.filter { $0.key != "<<" }.map {
            PolicyNode.Entry(
                key: $0.key, keyLocation: $0.keyLocation, value: flattened($0.value))
        }
        return over(PolicyNode(content: .mapping(own), location: node.location), result)
    }

    /// Mappings are merged key by key; everything else is replaced.
    private static func over(_ top: PolicyNode, _ bottom: PolicyNode) -> PolicyNode {
        guard let upper = top.entries, let lower = bottom.entries else { return top }
        var entries = lower
        for entry in upper {
            if let index = entries.firstIndex(where: { $0.key == entry.key }) {
                entries[index].value = over(entry.value, entries[index].value)
            } else {
                entries.append(entry)
            }
        }
        return PolicyNode(content: .mapping(entries), location: top.location)
    }

    /// The lines of a script, `!reference [job, key]` looked up.
    private func commands(
        _ node: PolicyNode, depth: Int, _ omissions: inout Omissions
    ) throws(ReproError) -> [String] {
        if let text = node.text { return [text] }
        guard depth < Self.depthMax else {
            throw ReproError(file, "references lead in a circle", remedy: "break it")
        }
        if node.tag == "!reference" {
            let path = node.items?.compactMap(\.text) ?? []
            var target: PolicyNode? = root
            for key in path { target = target?[key] }
            guard let target else {
                omissions.note("what !reference \(path) stands for: it is not in the file")
                return []
            }
            return try commands(target, depth: depth + 1, &omissions)
        }
        var lines: [String] = []
        for item in node.items ?? [] { lines += try commands(item, depth: depth + 1, &omissions) }
        return lines
    }

    private func matrix(of job: PolicyNode) -> JobMatrix {
        var matrix = JobMatrix(axes: [])
        // Each item is a product of its own; what they make together is a list.
        for item in job["parallel"]?["matrix"]?.items ?? [] {
            let axes = (item.entries ?? []).map { ($0.key, $0.value.lines) }
            matrix.included += JobMatrix(axes: axes).combinations
        }
        return matrix
    }
}
