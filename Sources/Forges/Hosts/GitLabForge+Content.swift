internal import Foundation

/// A branch through GitLab's commits (https://docs.gitlab.com/api/commits), for places where its
/// interface can be reached and git's protocol cannot.
extension GitLabForge {
    /// Makes one new branch of Drydock's own with one commit; nothing is updated or forced. There is
    /// no commit without a branch here, so whether its tree is the verified one is seen after it was
    /// made: another one opens nothing.
    package func write(_ content: BranchContent) async throws -> String? {
        let branch = try BranchName(content.branch).description
        let operation = "writing the branch \(branch)"
        let actions = try content.files.flatMap { try Self.actions($0, operation) }
        let commit = try await made(content, operation) {
            let answer = try await rest.call(
                "POST", root + "/repository/commits",
                json: GitLabDocuments.NewCommit(
                    branch: branch, startSHA: content.parent, message: content.message,
                    actions: actions), operation: operation)
            return try rest.decode(GitLabDocuments.Branch.Tip.self, answer, operation: operation).id
        }
        guard let there = try await self.branch(branch), there.commit == commit,
            there.tree == content.tree
        else {
            throw ForgeError(
                .malformed, operation: operation, subject: address.repository,
                reason: "GitLab made another tree of it than \(content.tree)",
                remedy: "Nothing was opened; delete the branch there")
        }
        return commit
    }

    /// What turns the parent's file into this one.
    private static func actions(
        _ file: BranchContent.File, _ operation: String
    ) throws(ForgeError) -> [GitLabDocuments.NewCommit.Action] {
        guard let bytes = file.content else { return [.init(action: "delete", path: file.path)] }
        let regular = ["100644", "100755"]
        guard regular.contains(file.mode), file.oldMode.map(regular.contains) ?? true else {
            throw ForgeError(
                operation: operation, subject: file.path,
                reason: "GitLab's interface writes no entry of mode \(file.mode)"
                    + (file.oldMode.map { " in place of \($0)" } ?? ""))
        }
        var actions = [
            GitLabDocuments.NewCommit.Action(
                action: file.oldMode == nil ? "create" : "update", path: file.path,
                content: bytes.base64EncodedString())
        ]
        // A new file is no program there, whatever else is said of it.
        if file.mode != file.oldMode ?? "100644" {
            actions.append(
                .init(action: "chmod", path: file.path, isProgram: file.mode == "100755"))
        }
        return actions
    }
}
