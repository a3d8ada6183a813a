internal import RunModel

/// Routes a failure to the specialist for its class. A pure function of what triage found.
package enum Supervisor {
    private static let dependencyMarks = [
        "No module named", "ModuleNotFoundError", "No matching distribution",
        "VersionConflict", "Could not find a version", "cannot find package", "no such module",
        "Cannot find module", "unresolved import", "ResolutionImpossible",
    ]
    private static let interfaceMarks = [
        "has no attribute", "unexpected keyword argument", "missing 1 required positional",
        "takes 0 positional", "takes 1 positional", "takes 2 positional", "is not a function",
        "undefined: ", "cannot find symbol", "has no member", "no method named",
        "cannot import name", "undefined method", "no matching function",
    ]
    private static let infrastructureFiles = [
        "Dockerfile", "**/Dockerfile", "Containerfile", "**/Containerfile", "*.tf", "**/*.tf",
        "docker-compose*", "**/docker-compose*", "compose.yaml", "**/helm/**", "**/k8s/**",
        "**/kubernetes/**", "**/deploy/**", "deploy/**", "*.service", "**/*.service",
    ].map(PathPattern.init)
    private static let configurationFiles = [
        ".env*", "*.ini", "*.cfg", "*.toml", "*.yaml", "*.yml", "*.properties", "config/**",
        "**/config/**", "*.conf", "settings*",
    ].map(PathPattern.init)

    /// - Parameter culpritPaths: what the culprit changed, as far as it is known.
    package static func specialist(
        for problem: RepairProblem, culpritPaths: [String]
    ) -> ModelRole {
        if problem.triage.class == .dependencyDrift { return .dependencies }
        let causal = Set(problem.triage.causalHunks.map(\.path))
        let paths = causal.isEmpty ? Set(culpritPaths) : causal
        func all(_ patterns: [PathPattern]) -> Bool {
            !paths.isEmpty
                && paths.allSatisfy { path in
                    let name = path.split(separator: "/").last.map(String.init) ?? path
                    return patterns.contains { $0.matches(path) || $0.matches(name) }
                }
        }
        if all(infrastructureFiles)
            || problem.failingTests.allSatisfy({ $0.hasPrefix("health:") })
                && !problem.failingTests.isEmpty
        {
            return .infrastructure
        }
        if dependencyMarks.contains(where: problem.log.contains) { return .dependencies }
        if all(configurationFiles) { return .environment }
        if interfaceMarks.contains(where: problem.log.contains) { return .apiRefactoring }
        return .fixer
    }
}
