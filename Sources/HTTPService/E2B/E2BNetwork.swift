internal import HTTPTypes
internal import JSONText
internal import Orchestration

/// The way out of a sandbox, as E2B's clients ask for it.
///
/// Drydock has no open network: what may be reached is listed, by name. Without `allowOut` nothing
/// is, whatever `allow_internet_access` says; `get_info` shows `allowInternetAccess: false` then.
enum E2BNetwork {
    /// Rules as of `--net allow=`.
    static func hosts(_ network: Fields?, internet: Bool?) throws -> [String] {
        let denied = try network?.texts("denyOut") ?? []
        for entry in denied where !isBlock(entry) {
            throw ServiceError.badRequest("denyOut has \"\(entry)\", which is no address block")
        }
        guard internet != false, let allowed = try network?.texts("allowOut") else { return [] }
        if try network?.object("rules")?.value.members?.isEmpty == false
            || network?.object("egressProxy") != nil
        {
            throw ServiceError(
                .notImplemented, code: "not_implemented",
                message: "network.rules and network.egressProxy are not offered by this service")
        }
        var hosts: [String] = []
        for entry in allowed {
            if ["0.0.0.0/0", "::/0", "*"].contains(entry) {
                throw ServiceError(
                    .forbidden, code: "forbidden",
                    message: "allowOut has \"\(entry)\": this service opens no network as a whole; "
                        + "name the hosts")
            }
            hosts.append(isAddress(entry) ? entry + (entry.contains(":") ? "/128" : "/32") : entry)
        }
        do {
            if !hosts.isEmpty {
                try JobPlan.check(network: hosts)
                try LiveSandboxes.checkHosts(hosts)
            }
        } catch {
            throw ServiceError.badRequest("network.allowOut: \(error)")
        }
        return hosts
    }

    private static func isAddress(_ text: String) -> Bool {
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        if parts.count == 4 { return parts.allSatisfy { UInt8($0) != nil } }
        return text.contains(":") && !text.contains("/")
            && text.utf8.allSatisfy { byte in
                (48...58).contains(byte) || (97...102).contains(byte | 0x20)
            }
    }

    private static func isBlock(_ text: String) -> Bool {
        let parts = text.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
        guard isAddress(String(parts[0])) || parts[0] == "::" else { return false }
        return parts.count == 1 || UInt8(parts[1]).map { $0 <= 128 } == true
    }
}
