import Foundation
import TestSupport
import Testing

@testable import Forges

#if canImport(FoundationNetworking)
import FoundationNetworking
#endif

/// GitHub's own answers, as PyGithub's tests recorded them: fetched with its source distribution,
/// read here, never committed. Each file is a list of exchanges of ten lines each.
@Suite struct RecordedExchangeTests {
    struct Exchange: CustomTestStringConvertible {
        var file: String
        var method: String
        var path: String
        var body: String
        var status: Int
        var answer: [UInt8]

        var testDescription: String { "\(file): \(method) \(path)" }
    }

    static let exchanges: [Exchange] = {
        guard let root = try? PythonPackages.source(of: "PyGithub==2.10.0") else { return [] }
        let folder = root + "/tests/ReplayData"
        let files = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
        return files.sorted().filter { $0.hasSuffix(".txt") }.flatMap { file -> [Exchange] in
            guard let data = FileManager.default.contents(atPath: "\(folder)/\(file)") else {
                return []
            }
            let lines = String(decoding: data, as: UTF8.self).components(separatedBy: "\n")
            return stride(from: 0, to: lines.count - 9, by: 11).compactMap { start in
                guard let status = Int(lines[start + 7].trimmingCharacters(in: .whitespaces)) else {
                    return nil
                }
                return Exchange(
                    file: file, method: lines[start + 1],
                    path: String(lines[start + 4].prefix { $0 != "?" }), body: lines[start + 6],
                    status: status, answer: Array(lines[start + 9].utf8))
            }
        }
    }()

    /// Successful exchanges whose path below the repository has this shape; `*` is any part that
    /// names one thing. What their authors abridged by hand for a bug's test is left out, and what
    /// is older than the default branch's field.
    static func recorded(_ method: String, _ shape: String) -> [Exchange] {
        let wanted = shape.split(separator: "/")
        return exchanges.filter { exchange in
            let parts = exchange.path.split(separator: "/")
            guard exchange.method == method, (200..<300).contains(exchange.status),
                parts.count == wanted.count + 3, parts.first == "repos",
                !exchange.file.hasPrefix("PaginatedList."),
                !exchange.file.hasPrefix("Issue")
                    || exchange.file.hasPrefix("Issue.")
            else { return false }
            if shape.isEmpty,
                exchange.answer.firstRange(of: Array("\"default_branch\"".utf8)) == nil
            {
                return false
            }
            return zip(parts.dropFirst(3), wanted).allSatisfy {
                $1 == "*" ? $0 != "comments" && $0 != "events" : $0 == $1
            }
        }
    }

    static func decode<Value: Decodable>(_ type: Value.Type, _ exchange: Exchange) {
        do { _ = try JSONDecoder().decode(type, from: Data(exchange.answer)) } catch {
            Issue.record("\(exchange.testDescription): \(error)")
        }
    }

    @Test func thousandsWereRecorded() { #expect(Self.exchanges.count > 1_000) }

    /// Each document that is read here is read from every answer that GitHub gave.
    @Test func answersAreRead() {
        let shapes: [(shape: String, type: any Decodable.Type, countMin: Int)] = [
            ("", GitHubDocuments.Repository.self, 50),
            ("pulls", [GitHubDocuments.PullRequest].self, 1),
            ("pulls/*", GitHubDocuments.PullRequest.self, 10),
            ("issues", [GitHubDocuments.Issue].self, 5),
            ("issues/*", GitHubDocuments.Issue.self, 5),
            ("issues/*/comments", [GitHubDocuments.Comment].self, 1),
            ("pulls/*/comments", [GitHubDocuments.Comment].self, 1),
            ("git/commits/*", GitHubDocuments.GitCommit.self, 1),
            ("commits/*", GitHubDocuments.Commit.self, 5),
            ("collaborators/*/permission", GitHubDocuments.Permission.self, 1),
            ("actions/runs/*/jobs", GitHubDocuments.Jobs.self, 1),
        ]
        for (shape, type, countMin) in shapes {
            let found = Self.recorded("GET", shape)
            #expect(found.count >= countMin, "\(shape): \(found.count)")
            for exchange in found { Self.decode(type, exchange) }
        }
    }

    @Test func whatWasMadeIsRead() {
        for (shape, type) in [
            ("pulls", GitHubDocuments.PullRequest.self as any Decodable.Type),
            ("issues", GitHubDocuments.Issue.self),
            ("check-runs", GitHubDocuments.Numbered.self),
        ] {
            let found = Self.recorded("POST", shape)
            #expect(!found.isEmpty, "\(shape)")
            for exchange in found { Self.decode(type, exchange) }
        }
    }

    /// What is sent has no field that GitHub was never seen to take.
    @Test func requestsHaveTheFieldsThatGitHubTakes() throws {
        let pull = GitHubDocuments.NewPullRequest(
            title: "t", head: "h", base: "b", body: "x", draft: true, maintainerCanModify: true)
        let check = GitHubDocuments.CheckRun(
            name: "n", headSHA: "s", status: "completed", conclusion: "success",
            detailsURL: "u",
            output: .init(
                title: "t", summary: "s",
                annotations: [
                    .init(.init(path: "p", line: 1, isFailure: true, message: "m"))
                ]))
        let status = GitHubDocuments.Status(
            state: "success", targetURL: "u", description: "d", context: "c")
        let issue = GitHubDocuments.NewIssue(title: "t", body: "b", labels: ["l"])
        for (shape, document) in [
            ("pulls", pull as any Encodable), ("check-runs", check), ("statuses/*", status),
            ("issues", issue),
        ] {
            let known = Self.recorded("POST", shape).reduce(into: Set<String>()) {
                names, exchange in
                names.formUnion(Self.names(JSONDocuments.object(Array(exchange.body.utf8))))
            }
            var own = Self.names(JSONDocuments.object(Array(try JSONEncoder().encode(document))))
            // Documented since, and not in a recording.
            own.remove("context")
            #expect(own.isSubset(of: known), "\(shape): \(own.subtracting(known).sorted())")
        }
    }

    /// What the scripted server answers has no field, and no type of one, that GitHub's has not.
    @Test func theScriptedServerAnswersAsGitHubDid() async throws {
        try await ForgeWorld.withGitHub { world, server, forge in
            _ = try await forge.openPullRequest(world.draft)
            _ = try await forge.openIssue(.init(incident: "inc-1", title: "t", body: "b"))
            for (path, shape, method) in [
                ("", "", "GET"), ("/pulls?state=all", "pulls", "GET"),
                ("/issues", "issues", "GET"),
                ("/git/commits/\(world.head)", "git/commits/*", "GET"),
                ("/collaborators/ada/permission", "collaborators/*/permission", "GET"),
            ] {
                var request = URLRequest(
                    url: try #require(URL(string: "\(server.url)/repos/octo/shop\(path)")))
                request.httpMethod = method
                request.setValue(
                    "Bearer \(server.script.token)", forHTTPHeaderField: "Authorization")
                let (data, _) = try await URLSession.shared.data(for: request)
                var known: [String: Set<String>] = [:]
                for exchange in Self.recorded(method, shape) {
                    let value = try? JSONSerialization.jsonObject(with: Data(exchange.answer))
                    Self.collect(value, "", into: &known)
                }
                var own: [String: Set<String>] = [:]
                Self.collect(try JSONSerialization.jsonObject(with: data), "", into: &own)
                for (name, types) in own {
                    // Newer than the recordings of that path.
                    guard name != "[].draft" else { continue }
                    let theirs = known[name] ?? []
                    #expect(!types.isDisjoint(with: theirs), "\(shape) \(name): \(types) \(theirs)")
                }
            }
        }
    }

    private static func names(_ object: [String: Any], prefix: String = "") -> Set<String> {
        object.reduce(into: []) { names, entry in
            names.insert(prefix + entry.key)
            if let inner = entry.value as? [String: Any] {
                names.formUnion(Self.names(inner, prefix: prefix + entry.key + "."))
            }
        }
    }

    private static func collect(
        _ value: Any?, _ path: String, into types: inout [String: Set<String>]
    ) {
        switch value {
        case let object as [String: Any]:
            types[path, default: []].insert("object")
            for (key, inner) in object { collect(inner, path + "." + key, into: &types) }
        case let list as [Any]:
            types[path, default: []].insert("list")
            for inner in list { collect(inner, path + "[]", into: &types) }
        case is String: types[path, default: []].insert("string")
        case is NSNull: types[path, default: []].insert("null")
        case is NSNumber: types[path, default: []].insert("number")
        default: types[path, default: []].insert("none")
        }
    }
}
