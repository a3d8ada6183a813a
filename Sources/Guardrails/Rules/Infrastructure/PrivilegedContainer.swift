internal import RunModel

/// Containers that can leave their container.
struct PrivilegedContainer: PatternRule {
    let metadata = RuleMetadata(
        id: "privileged-container", category: .infrastructure, severity: .high, action: .block,
        title: "Container without isolation",
        rationale: """
            A privileged container, one with the host's namespaces, or one that holds the engine's \
            socket is root on the host.
            """,
        remedy: "Grant the single capability or device that is needed.",
        languages: ["Compose", "Dockerfile", "Kubernetes", "Shell", "Terraform"])

    private static let files = FileFilter.shellLike.union(.terraform)
        .union(FileFilter(extensions: ["json"]))
        .excluding([.test, .testData, .documentation, .vendored, .generated])

    let patterns: [ContentPattern] = [
        .code("\\b(docker|podman|nerdctl)\\b[^\\n]*--privileged\\b", files: Self.files),
        .code("\\bprivileged[\"']?[ \\t]*[:=][ \\t]*[\"']?true\\b", files: Self.files),
        .code("--cap-add[= \\t]+[\"']?(ALL|SYS_ADMIN|CAP_SYS_ADMIN)\\b", files: Self.files),
        .code(
            "^[ \\t]*-[ \\t]*[\"']?(CAP_)?(SYS_ADMIN|SYS_PTRACE|SYS_MODULE|ALL)[\"']?[ \\t]*$",
            files: FileFilter.yaml.excluding([.test, .testData, .documentation])),
        .code(
            "(seccomp|apparmor)[=:][ \\t]*[\"']?unconfined\\b|label[=:][ \\t]*disable\\b",
            files: Self.files),
        .code(
            "\\b(hostNetwork|hostPID|hostIPC|allowPrivilegeEscalation)[\"']?[ \\t]*[:=][ \\t]*true\\b",
            files: Self.files),
        .code(
            "--(pid|ipc|userns|uts)[= ]host\\b|\\b(pid|ipc|userns_mode)[\"']?:[ \\t]*[\"']?host\\b",
            files: Self.files),
        .code(
            "\\bhostPath[\"']?:[ \\t]*\\{[ \\t]*path:[ \\t]*[\"']?/[\"']?[ \\t]*\\}",
            files: Self.files),
        .code("/var/run/docker\\.sock|/run/containerd/containerd\\.sock", files: Self.files),
    ]

    func message(for match: ContentMatch) -> String { "the container can reach the host" }

    var examples: [RuleExample] {
        [
            .violating("a script", head: ["r.sh": "docker run --privileged app\n"]),
            .violating("Kubernetes", head: ["d.yaml": "securityContext:\n  privileged: true\n"]),
            .violating(
                "Compose",
                head: ["compose.yml": "volumes:\n  - /var/run/docker.sock:/var/run/docker.sock\n"]),
            .violating("a capability", head: ["d.yml": "cap_add:\n  - SYS_ADMIN\n"]),
            .clean("one capability", head: ["r.sh": "docker run --cap-add NET_BIND_SERVICE app\n"]),
            .clean("switched off", head: ["d.yaml": "securityContext:\n  privileged: false\n"]),
            .clean("in prose", head: ["README.md": "docker run --privileged app\n"]),
        ]
    }
}
