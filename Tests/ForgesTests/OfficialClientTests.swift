import Foundation
import RunModel
import TestSupport
import Testing

@testable import Forges

/// The official Python clients work against the scripted servers that the forges are tested with,
/// and see what the forges made: both speak the same interface.
@Suite struct OfficialClientTests {
    private static let packages = ["PyGithub==2.10.0", "python-gitlab==8.6.0"]

    private static func run(_ program: String, _ arguments: [String]) throws -> String {
        try GitCommandLine.output(
            of: [PythonPackages.interpreter(with: packages), "-c", program] + arguments)
    }

    @Test func pyGithubSeesWhatTheForgeMade() async throws {
        try await ForgeWorld.withGitHub { world, server, forge in
            let pull = try await forge.openPullRequest(world.draft)
            server.withState { $0.authors[world.head] = "bob" }
            _ = await forge.announce(
                .init(
                    branch: pull.branch, commit: pull.head, culprit: world.head,
                    labels: ["drydock"], checkTitle: "t", checkSummary: "s"))
            let program = """
                import sys
                from github import Github, Auth
                url, token, branch = sys.argv[1:]
                repo = Github(base_url=url, auth=Auth.Token(token)).get_repo('octo/shop')
                pull, = repo.get_pulls(state='all', head='octo:' + branch)
                print(repo.default_branch, pull.number, pull.draft, pull.head.ref, pull.base.ref)
                print([l.name for l in pull.labels], [u.login for u in pull.requested_reviewers])
                print(repo.get_git_ref('heads/' + branch).object.sha == pull.head.sha)
                print(repo.get_git_commit(pull.head.sha).tree.sha)
                print(repo.get_collaborator_permission('ada'))
                issue = repo.create_issue('title', body='body', labels=['drydock'])
                print(issue.number, issue.title)
                run = repo.create_check_run('n', pull.head.sha, status='completed', conclusion='success',
                                            output={'title': 't', 'summary': 's'})
                print(run.id, run.conclusion)
                """
            let output = try Self.run(
                program, [server.url, server.script.token, ForgeWorld.branch])
            let tree = try world.source.text(["rev-parse", "HEAD^{tree}"])
            #expect(
                output.split(separator: "\n").map(String.init) == [
                    "main 1 True \(ForgeWorld.branch) main", "['drydock'] ['bob']", "True", tree,
                    "admin", "2 title", "4 success",
                ])
        }
    }

    @Test func pyGithubMakesWhatTheForgeFinds() async throws {
        try await ForgeWorld.withGitHub { world, server, forge in
            let program = """
                import sys
                from github import Github, Auth
                url, token, branch = sys.argv[1:]
                repo = Github(base_url=url, auth=Auth.Token(token)).get_repo('octo/shop')
                print(repo.create_pull(base='main', head=branch, title='t', body='b', draft=True).html_url)
                """
            let url = try Self.run(program, [server.url, server.script.token, ForgeWorld.branch])
            #expect(try await forge.openPullRequest(world.draft).url == url)
            #expect(server.withState { $0.pulls.count } == 1)
        }
    }

    @Test func pythonGitlabSeesWhatTheForgeMade() async throws {
        try await ForgeWorld.withGitLab { world, server, forge in
            let made = try await forge.openPullRequest(world.draft)
            server.withState { $0.emails["tester@example.org"] = 2 }
            _ = await forge.announce(
                .init(
                    branch: made.branch, commit: made.head, culprit: world.head,
                    labels: ["drydock"], checkTitle: "t", checkSummary: "s"))
            let program = """
                import sys, gitlab
                url, token, branch = sys.argv[1:]
                project = gitlab.Gitlab(url, private_token=token).projects.get('group/shop')
                mr, = project.mergerequests.list(state='all', source_branch=branch, get_all=True)
                print(project.default_branch, mr.iid, mr.draft, mr.source_branch, mr.target_branch)
                print(mr.labels, [r['id'] for r in mr.reviewers], mr.sha)
                print(project.branches.get(branch).commit['id'])
                print(len(project.repository_tree(ref=mr.sha, iterator=False, get_all=True)))
                issue = project.issues.create({'title': 'title', 'description': 'x'})
                print(issue.iid, project.members_all.get(2).access_level)
                made = project.commits.create({
                    'branch': 'drydock/other', 'start_sha': mr.sha, 'commit_message': 'm',
                    'actions': [{'action': 'create', 'file_path': 'new/file', 'content': 'eA==', 'encoding': 'base64'},
                                {'action': 'chmod', 'file_path': 'new/file', 'execute_filemode': True}]})
                print(project.branches.get('drydock/other').commit['id'] == made.id)
                try:
                    project.commits.create({
                        'branch': 'drydock/third', 'start_sha': made.id, 'commit_message': 'm',
                        'actions': [{'action': 'create', 'file_path': 'new/file', 'content': 'eA==', 'encoding': 'base64'}]})
                except gitlab.GitlabCreateError as error:
                    print(error.response_code)
                """
            let output = try Self.run(
                program, [server.url, server.script.token, ForgeWorld.branch])
            #expect(
                output.split(separator: "\n").map(String.init) == [
                    "main 1 True \(ForgeWorld.branch) main", "['drydock'] [2] \(world.head)",
                    world.head, "4", "1 30", "True", "400",
                ])
        }
    }
}
