internal import Egress
internal import Forges
internal import RunModel

/// What a tenant's request may name at all: nothing of the machine's own.
///
/// Judged where requests come in, so that the answer is a clear one, and once more where they are
/// performed: what comes over another way, or from an edge that was taken over, is refused there.
package enum JobPlan {
    /// - Throws: `JobPlanError`
    package static func check(_ request: JobRequest) throws(JobPlanError) {
        if let network = request.network { try check(mode: network) }
        // Shipped names only: a path would be read with the performer's eyes.
        for name in [request.profile, request.policy].compactMap(\.self) where !isShipped(name) {
            throw JobPlanError("profile and policy take shipped names")
        }
        for name in [request.base, request.head, request.good, request.bad, request.revision]
            .compactMap(\.self)
        where name.isEmpty || name.hasPrefix("-") || name.utf8.contains(0) {
            throw JobPlanError("\(name.debugDescription) is no revision")
        }
        if let session = request.session, !isName(session) {
            throw JobPlanError("\(session.debugDescription) is no session")
        }
        if let incident = request.incident, !isName(incident) {
            throw JobPlanError("\(incident.debugDescription) is no incident")
        }
        if let forge = request.forge, !ForgeCatalog.all.contains(forge) {
            throw JobPlanError("\(forge.debugDescription) is no forge")
        }
        if let name = request.repository, !isName(name) {
            throw JobPlanError("\(name.debugDescription) is no repository")
        }
        let texts = (request.command ?? []) + (request.tests ?? [])
        guard texts.allSatisfy({ !$0.utf8.contains(0) }) else {
            throw JobPlanError("command and tests take no NUL bytes")
        }
        for (name, value) in request.environment ?? [:]
        where name.isEmpty || name.contains("=") || name.utf8.contains(0) || value.utf8.contains(0)
        {
            throw JobPlanError("environment has a name or a value that none may have")
        }
        guard request.kind != .run || request.command?.first?.isEmpty == false else {
            throw JobPlanError("command is missing")
        }
        guard (1...100).contains(request.repeats ?? 1) else {
            throw JobPlanError("repeats is not between 1 and 100")
        }
    }

    private static func check(mode: String) throws(JobPlanError) {
        if mode == "none" || mode == "loopback" { return }
        guard mode.hasPrefix("allow=") else {
            throw JobPlanError("network must be none, loopback or allow=HOST,...")
        }
        try check(
            network: mode.dropFirst("allow=".count)
                .split(separator: ",", omittingEmptySubsequences: false).map(String.init))
    }

    /// - Parameter entries: rules as of `--net allow=`. Recordings and replays are files of the
    ///   machine, credentials are the operator's, and what is not on the public internet is the
    ///   machine's own neighbourhood.
    package static func check(network entries: [String]) throws(JobPlanError) {
        let policy: EgressPolicy
        do { policy = try EgressPolicy(entries: entries) } catch {
            throw JobPlanError("network: \(error)")
        }
        guard policy.recordPath == nil, policy.replayPath == nil else {
            throw JobPlanError("network: @record and @replay name files, which are the operator's")
        }
        for rule in policy.rules.rules {
            guard rule.credential == nil else {
                throw JobPlanError("network: \(rule): credentials are the operator's")
            }
            guard case .block(let block) = rule.target else { continue }
            let special = SpecialAddresses.blocks.first {
                $0.block.contains(block.address) || block.contains($0.block.address)
            }
            if let name = special?.name ?? SpecialAddresses.kind(of: block.address) {
                throw JobPlanError("network: \(rule): not on the public internet (\(name))")
            }
        }
    }

    private static func isShipped(_ name: String) -> Bool { isName(name) && !name.contains(".") }

    /// Names become parts of paths.
    static func isName(_ text: String) -> Bool {
        (1...100).contains(text.utf8.count) && !text.hasPrefix(".") && !text.hasPrefix("-")
            && text.utf8.allSatisfy { byte in
                switch byte {
                case 45, 46, 48...57, 65...90, 95, 97...122: true
                default: false
                }
            }
    }
}

/// Why a request is not performed.
package struct JobPlanError: Error, Sendable, Equatable, CustomStringConvertible {
    package let description: String

    init(_ description: String) { self.description = description }
}
