import Foundation
import Synchronization

/// What the scripted GitHub and GitLab share: a repository behind them, faults to order, and who
/// may call.
package final class ForgeScript: Sendable {
    package typealias Request = ScriptedServer.Request
    package typealias Script = ScriptedServer.Script

    /// A fault is used up by the request that it answers.
    package struct Fault: Sendable {
        var method: String
        var part: String
        var script: Script
        /// Whether the request is carried out before its answer is replaced.
        var isLate: Bool
    }

    package let token: String
    package let repository: GitCommandLine
    private let faults = Mutex<[Fault]>([])

    package init(token: String, repository: GitCommandLine) {
        self.token = token
        self.repository = repository
    }

    /// The next request of this method whose target contains `part` gets this answer.
    package func fail(
        _ method: String, _ part: String, with script: Script, afterwards isLate: Bool = false,
        times: Int = 1
    ) {
        faults.withLock { list in
            for _ in 0..<times {
                list.append(Fault(method: method, part: part, script: script, isLate: isLate))
            }
        }
    }

    package var pendingFaults: Int { faults.withLock { $0.count } }

    func fault(for request: Request) -> Fault? {
        faults.withLock { list in
            let index = list.firstIndex {
                $0.method == request.method && request.target.contains($0.part)
            }
            return index.map { list.remove(at: $0) }
        }
    }

    func isBasic(_ request: Request) -> Bool {
        guard let header = request.header("authorization"), header.hasPrefix("Basic "),
            let data = Data(base64Encoded: String(header.dropFirst(6)))
        else { return false }
        return String(decoding: data, as: UTF8.self).split(separator: ":").last ?? "" == token
    }

    /// A bare repository with a main branch, as a forge has one.
    package static func bare(at path: String, from source: GitCommandLine) throws -> GitCommandLine
    {
        try source.run(["clone", "-q", "--bare", source.directory, path])
        let bare = GitCommandLine(directory: path)
        try bare.run(["config", "http.receivepack", "true"])
        return bare
    }
}

/// JSON documents of a scripted server, and the bodies that it got.
package enum JSONDocuments {
    package static func text(_ value: Any) -> String {
        let data = try? JSONSerialization.data(withJSONObject: value, options: [.sortedKeys])
        return data.map { String(decoding: $0, as: UTF8.self) } ?? "null"
    }

    package static func object(_ bytes: [UInt8]) -> [String: Any] {
        (try? JSONSerialization.jsonObject(with: Data(bytes))) as? [String: Any] ?? [:]
    }
}
