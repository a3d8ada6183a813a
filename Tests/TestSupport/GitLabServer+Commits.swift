import Foundation

extension GitLabServer {
    /// `POST .../repository/commits`: really made, in the repository that git serves too. As there,
    /// what is created must not exist, what is changed must, and `execute_filemode` means nothing
    /// but to `chmod`.
    func commit(_ body: [String: Any]) -> Script {
        let git = script.repository
        let index = git.directory + "/index-" + UUID().uuidString
        defer { try? FileManager.default.removeItem(atPath: index) }
        func run(_ arguments: [String], input: [UInt8] = []) throws -> String {
            let output = try git.run(
                arguments, input: input, environment: ["GIT_INDEX_FILE": index])
            return String(decoding: output, as: UTF8.self)
                .trimmingCharacters(in: .whitespacesAndNewlines)
        }
        func refused(_ message: String) -> Script {
            .answer(400, JSONDocuments.text(["message": message] as [String: Any]))
        }
        let name = "refs/heads/\(body["branch"] as? String ?? "")"
        guard (try? git.text(["rev-parse", "--verify", "-q", name])) == nil else {
            return refused("A branch called '\(name)' already exists.")
        }
        do {
            let start = body["start_sha"] as? String ?? ""
            _ = try run(["read-tree", start])
            for action in body["actions"] as? [[String: Any]] ?? [] {
                let path = action["file_path"] as? String ?? ""
                let known = try run(["ls-files", "-s", "--", path]).split(separator: " ")
                var (mode, blob) = (
                    known.first ?? "100644", known.dropFirst().first.map(String.init)
                )
                let isThere = blob != nil
                switch action["action"] as? String {
                case "create" where isThere: return refused("A file with this name already exists")
                case "update" where !isThere, "delete" where !isThere, "chmod" where !isThere:
                    return refused("A file with this name doesn't exist")
                case "create", "update":
                    guard action["encoding"] as? String == "base64",
                        let content = Data(base64Encoded: action["content"] as? String ?? "")
                    else { return refused("encoding is invalid") }
                    blob = try run(["hash-object", "-w", "--stdin"], input: Array(content))
                case "chmod":
                    mode = action["execute_filemode"] as? Bool == true ? "100755" : "100644"
                case "delete": (mode, blob) = ("0", String(repeating: "0", count: 40))
                default: return refused("action does not have a valid value")
                }
                _ = try run(
                    ["update-index", "--index-info"],
                    input: Array("\(mode) \(blob ?? "")\t\(path)\n".utf8))
            }
            let sha = try run([
                "commit-tree", try run(["write-tree"]), "-p", start, "-m",
                body["commit_message"] as? String ?? "",
            ])
            _ = try run(["update-ref", name, sha, String(repeating: "0", count: 40)])
            return .answer(
                201,
                JSONDocuments.text(["id": sha, "short_id": sha.prefix(8).description, "title": "t"])
            )
        } catch { return refused("\(error)") }
    }
}
