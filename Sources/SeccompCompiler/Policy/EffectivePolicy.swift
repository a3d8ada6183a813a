package import PolicyFiles

/// A seccomp policy with everything that it extends, and its deltas applied.
package struct EffectivePolicy: Sendable, Equatable {
    package var name: String
    /// Calls that are let through, but for `checks`.
    package var allowed: Set<String> = []
    package var denials: [SeccompPolicy.DenyRule] = []
    package var checks: [SeccompPolicy.CheckRule] = []

    /// Reads `name` and what it extends.
    ///
    /// - Throws: `PolicyFileError` also for a delta that removes what is not there, for a call that
    ///   would be both allowed and denied, and for a circle.
    package init(_ name: String, from library: PolicyLibrary) throws(PolicyFileError) {
        var chain: [SeccompPolicy] = []
        var next: String? = name
        while let current = next {
            let policy = try library.seccomp(current)
            guard chain.count < 8, !chain.contains(where: { $0.name == policy.name }) else {
                throw Self.failure(name, "extends itself by way of \(current)", "break the circle")
            }
            chain.append(policy)
            next = policy.extends
        }
        self.name = chain.first?.name ?? name
        for policy in chain.reversed() { try apply(policy) }
        try validate()
    }

    private mutating func apply(_ policy: SeccompPolicy) throws(PolicyFileError) {
        for call in policy.remove?.allow ?? [] where allowed.remove(call) == nil {
            throw Self.failure(
                policy.name, "removes \(call), which is not allowed", "drop the entry")
        }
        for rule in policy.remove?.deny ?? [] {
            guard let index = denials.firstIndex(where: { $0.rule == rule }) else {
                throw Self.failure(
                    policy.name, "removes the unknown rule \(rule)", "drop the entry")
            }
            denials.remove(at: index)
        }
        for rule in policy.remove?.check ?? [] {
            guard let index = checks.firstIndex(where: { $0.rule == rule }) else {
                throw Self.failure(
                    policy.name, "removes the unknown check \(rule)", "drop the entry")
            }
            checks.remove(at: index)
        }
        for group in policy.allow ?? [] {
            for call in group.calls where !allowed.insert(call).inserted {
                throw Self.failure(policy.name, "allows \(call) twice", "keep one entry")
            }
        }
        denials += policy.deny ?? []
        checks += policy.check ?? []
    }

    private func validate() throws(PolicyFileError) {
        var rules: Set<String> = []
        var denied: Set<String> = []
        for rule in denials.map(\.rule) + checks.map(\.rule) where !rules.insert(rule).inserted {
            throw Self.failure(name, "has the rule \(rule) twice", "give each its own id")
        }
        for call in denials.flatMap(\.calls) {
            guard denied.insert(call).inserted else {
                throw Self.failure(name, "denies \(call) twice", "keep one entry")
            }
            guard !allowed.contains(call) else {
                throw Self.failure(name, "both allows and denies \(call)", "remove one of them")
            }
        }
        for check in checks where !allowed.contains(check.call) {
            throw Self.failure(
                name, "checks arguments of \(check.call), which is not allowed anyway",
                "allow the call or drop the check \(check.rule)")
        }
    }

    static func failure(_ name: String, _ problem: String, _ remedy: String) -> PolicyFileError {
        PolicyFileError(
            file: "seccomp policy \(name)", location: nil, problem: problem, remedy: remedy)
    }
}
