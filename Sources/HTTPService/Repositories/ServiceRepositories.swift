internal import Foundation
internal import Orchestration
internal import RunModel

/// The repositories of the service: those that the operator named, for every tenant, and each
/// tenant's own mirrors. A path from outside is never one.
struct ServiceRepositories: RepositoryDirectory {
    let named: [String: String]
    /// `DIRECTORY/TENANT/NAME.git`.
    let mirrors: String

    func path(ofRepository name: String, tenant: String) async throws -> String {
        if let path = named[name] { return path }
        guard Self.isName(name), let path = mirror(name, tenant: tenant),
            FileManager.default.fileExists(atPath: path)
        else {
            throw PortError(
                operation: "finding", subject: "repository \(name.prefix(100))",
                reason: "there is none of this name",
                remedy: "GET /v1/repositories lists them; POST makes a mirror")
        }
        return path
    }

    func mirror(_ name: String, tenant: String) -> String? {
        guard Self.isName(name), Self.isName(tenant) else { return nil }
        return "\(mirrors)/\(tenant)/\(name).git"
    }

    func names(tenant: String) -> [String] {
        let own =
            (try? FileManager.default.contentsOfDirectory(atPath: "\(mirrors)/\(tenant)")) ?? []
        return
            (Array(named.keys)
            + own.filter { $0.hasSuffix(".git") }.map { String($0.dropLast(".git".count)) })
            .sorted()
    }

    /// Names become parts of paths.
    static func isName(_ text: String) -> Bool {
        (1...63).contains(text.utf8.count) && !text.hasPrefix(".") && !text.hasPrefix("-")
            && text.utf8.allSatisfy { byte in
                switch byte {
                case 45, 46, 48...57, 65...90, 95, 97...122: true
                default: false
                }
            }
    }
}
