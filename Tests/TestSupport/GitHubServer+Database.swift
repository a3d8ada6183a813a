import Foundation

extension GitHubServer {
    /// The git database: objects are really made, in the repository that git serves too.
    func database(_ kind: String, _ body: [String: Any]) -> Script {
        let git = script.repository
        func made(_ arguments: [String], input: [UInt8] = [], index: String? = nil) throws -> String
        {
            let output = try git.run(
                arguments, input: input, environment: index.map { ["GIT_INDEX_FILE": $0] } ?? [:])
            return String(decoding: output, as: UTF8.self)
                .trimmingCharacters(in: .whitespacesAndNewlines)
        }
        do {
            var sha = ""
            switch kind {
            case "blobs":
                let content = Data(base64Encoded: body["content"] as? String ?? "") ?? Data()
                sha = try made(["hash-object", "-w", "--stdin"], input: Array(content))
            case "trees":
                let index = git.directory + "/index-" + UUID().uuidString
                defer { try? FileManager.default.removeItem(atPath: index) }
                _ = try made(["read-tree", body["base_tree"] as? String ?? ""], index: index)
                for entry in body["tree"] as? [[String: Any]] ?? [] {
                    let path = entry["path"] as? String ?? ""
                    let mode = entry["mode"] as? String ?? ""
                    let blob = entry["sha"] as? String
                    // 0 removes a path from an index.
                    let line =
                        blob.map { "\(mode) \($0)\t\(path)\n" }
                        ?? "0 \(String(repeating: "0", count: 40))\t\(path)\n"
                    _ = try made(
                        ["update-index", "--index-info"], input: Array(line.utf8), index: index)
                }
                sha = try made(["write-tree"], index: index)
            case "commits":
                let parents = (body["parents"] as? [String] ?? []).flatMap { ["-p", $0] }
                sha = try made(
                    [
                        "commit-tree", body["tree"] as? String ?? "", "-m",
                        body["message"] as? String ?? "",
                    ] + parents)
            case "refs":
                sha = body["sha"] as? String ?? ""
                let name = body["ref"] as? String ?? ""
                guard (try? git.text(["rev-parse", "--verify", "-q", name])) == nil else {
                    return Self.error(422, "Reference already exists")
                }
                _ = try made(["update-ref", name, sha])
            default: return Self.error(404, "Not Found")
            }
            return .answer(
                201, JSONDocuments.text(["sha": sha, "url": "\(url)/x"] as [String: Any]))
        } catch { return Self.error(422, "\(error)") }
    }
}
