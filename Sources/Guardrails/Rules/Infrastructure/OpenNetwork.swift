internal import RunModel

/// Doors that are opened to the whole internet.
struct OpenNetwork: PatternRule {
    let metadata = RuleMetadata(
        id: "open-network", category: .infrastructure, severity: .high, action: .review,
        title: "Network opened to everyone",
        rationale: """
            An inbound rule for every address exposes the service to every scanner of the internet \
            within the hour.
            """,
        remedy: "Allow the networks that need it; put public services behind a load balancer.",
        languages: ["CloudFormation", "Kubernetes", "Shell", "Terraform"])

    private static let files = FileFilter.terraform.union(.yaml).union(.shell)
        .union(FileFilter(extensions: ["json", "ts", "py"]))
        .excluding([.test, .testData, .documentation, .vendored, .sample, .continuousIntegration])

    let patterns = [
        ContentPattern(
            "(cidr|source_range|source_address_prefix|ip_range|--source-ranges|authorized_networks|loadBalancerSourceRanges)[a-z_]*[^\\n]{0,40}(0\\.0\\.0\\.0/0|::/0|[\"']\\*[\"'])",
            ignoresCase: true, files: files, confirm: Self.inbound),
        ContentPattern(
            "^[ \\t]*(-[ \\t]*)?[\"']?(0\\.0\\.0\\.0/0|::/0)[\"']?,?[ \\t]*$", files: files,
            confirm: Self.inbound),
        ContentPattern(
            "\\b(publicly_accessible|public_network_access_enabled|associate_public_ip_address)[\"']?[ \\t]*[:=][ \\t]*true",
            files: files, confirm: { $0.isComment ? nil : $0.wholeLine }),
    ]

    func message(for match: ContentMatch) -> String { "every address may connect" }

    /// The nearest of the words above tells the direction.
    private static func inbound(_ candidate: ContentCandidate) -> Range<Int>? {
        guard !candidate.isComment else { return nil }
        var number = candidate.line
        while number >= max(1, candidate.line - 15) {
            let line = String(
                decoding: candidate.text.line(number).prefix(300), as: UTF8.self
            ).lowercased()
            if line.contains("egress") || line.contains("destination") || line.contains("outbound")
                || line.contains("route")
            {
                return nil
            }
            if line.contains("ingress") || line.contains("inbound") { return candidate.wholeLine }
            number -= 1
        }
        return candidate.wholeLine
    }

    var examples: [RuleExample] {
        [
            .violating(
                "a security group",
                head: ["m.tf": "ingress {\n  from_port = 22\n  cidr_blocks = [\"0.0.0.0/0\"]\n}\n"]),
            .violating("a database", head: ["db.tf": "publicly_accessible = true\n"]),
            .clean(
                "outbound", head: ["m.tf": "egress {\n  cidr_blocks = [\"0.0.0.0/0\"]\n}\n"]),
            .clean(
                "one network", head: ["m.tf": "ingress {\n  cidr_blocks = [\"10.0.0.0/8\"]\n}\n"]),
        ]
    }
}
