import Foundation
import RunModel
import RunStore
import Testing

@testable import HTTPService
@testable import Orchestration

/// As root: who parses requests has no privilege, and cannot get any by asking.
@Suite(.serialized, .enabled(if: geteuid() == 0)) struct PrivilegeTests {
    /// The part that parses requests: the child that is called so.
    private static func edge(of service: BuiltService) -> Int32? {
        for _ in 0..<100 {
            let names = (try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? []
            for pid in names.compactMap({ Int32($0) }) {
                guard let status = status(pid), status["PPid"] == "\(service.pid)",
                    let line = FileManager.default.contents(atPath: "/proc/\(pid)/cmdline"),
                    String(decoding: line, as: UTF8.self).contains("serve-edge")
                else { continue }
                return pid
            }
            Thread.pause(0.02)
        }
        return nil
    }

    private static func status(_ pid: Int32) -> [String: String]? {
        guard let text = try? String(contentsOfFile: "/proc/\(pid)/status", encoding: .utf8) else {
            return nil
        }
        var fields: [String: String] = [:]
        for line in text.split(separator: "\n") {
            let parts = line.split(separator: ":", maxSplits: 1)
            guard parts.count == 2 else { continue }
            fields[String(parts[0])] = parts[1].trimmingCharacters(in: .whitespaces)
        }
        return fields
    }

    /// Every thread, not only the first one.
    @Test func whoeverListensHasNoPrivilege() throws {
        let service = try BuiltService()
        _ = try TestClient(service).send(
            "POST", "/v1/runs?wait_ms=20000", body: #"{"command":["true"]}"#)
        let edge = try #require(Self.edge(of: service))
        let threads = try FileManager.default.contentsOfDirectory(atPath: "/proc/\(edge)/task")
        #expect(threads.count > 1)
        for thread in threads {
            let text = try String(
                contentsOfFile: "/proc/\(edge)/task/\(thread)/status", encoding: .utf8)
            for line in text.split(separator: "\n") {
                let parts = line.split(separator: "\t").map(String.init)
                switch parts.first {
                case "Uid:", "Gid:":
                    #expect(parts.dropFirst().allSatisfy { $0 == "46118" || $0 == parts[1] })
                    #expect(!parts.contains("0"), "\(line)")
                case "CapEff:", "CapPrm:", "CapInh:", "CapAmb:":
                    #expect(parts[1] == "0000000000000000", "\(line)")
                case "NoNewPrivs:": #expect(parts[1] == "1")
                case "Groups:":
                    let groups = line.dropFirst(7).filter { !$0.isWhitespace }
                    #expect(groups.isEmpty, "\(line)")
                default: break
                }
            }
        }
        // It listens, and root does not.
        let table = try String(contentsOfFile: "/proc/\(edge)/net/tcp", encoding: .utf8)
        let port = String(service.port, radix: 16, uppercase: true)
        let row = try #require(
            table.split(separator: "\n").first {
                $0.contains(
                    ":\(String(repeating: "0", count: 4 - port.count))\(port) 00000000:0000 0A")
            })
        #expect(row.split(separator: " ")[7] != "0", "\(row)")
    }

    /// What only root may read stays so: the operator's keys, other's layers, the log's signature.
    @Test func whatIsRootsStaysRoots() throws {
        let repository = try TestRepository()
        let service = try BuiltService(options: ["--repository", "here=\(repository.path)"])
        let client = TestClient(service)
        let made = try client.send("POST", "/v1/sessions", body: #"{"repository":"here"}"#)
        #expect(made.status == 201, "\(made.body)")
        let edge = try #require(Self.edge(of: service))
        let user = try #require(Self.status(edge)?["Uid"]?.split(separator: "\t").first)
        func asService(_ command: String) throws -> (status: Int32, output: String) {
            let process = Process()
            process.executableURL = URL(filePath: "/usr/bin/env")
            process.arguments = [
                "setpriv", "--reuid", String(user), "--regid", String(user), "--clear-groups",
                "--inh-caps=-all", "--no-new-privs", "sh", "-c", command,
            ]
            let output = Pipe()
            process.standardOutput = output
            process.standardError = output
            try process.run()
            let text = output.fileHandleForReading.readDataToEndOfFile()
            process.waitUntilExit()
            return (process.terminationStatus, String(decoding: text, as: UTF8.self))
        }
        let data = service.directory
        for command in [
            "cat /etc/drydock/keys/signing.key", "ls /etc/drydock/keys", "ls \(data)",
            "ls \(data)/sessions", "echo x >> \(data)/audit.log", "rm -f \(data)/audit.log",
            "echo x > \(data)/new", "echo x > \(data)/sandboxes/new",
            "mv \(data)/sandboxes/spawner \(data)/sandboxes/other",
            "mv \(data)/store.sqlite \(data)/other",
            "kill -0 \(service.pid)", "cat /proc/\(service.pid)/environ",
        ] {
            let ended = try asService(command)
            #expect(ended.status != 0, "\(command): \(ended.output)")
        }
        // What is the service's is reached: the test above would otherwise prove nothing.
        #expect(try asService("ls \(data)/sandboxes && cat \(data)/audit.log").status == 0)
    }

    /// An edge that was taken over asks for what no request may say.
    @Test func aForgedOrderIsRefused() async throws {
        let directory = NSTemporaryDirectory() + "drydock-orders-\(UUID().uuidString)"
        defer { try? FileManager.default.removeItem(atPath: directory) }
        let state = try StateDirectory.prepared(at: directory)
        let workbench = try Workbench(
            host: try ExecutionHost(), directory: state, operatorFiles: OperatorFiles())
        let repository = try TestRepository()
        let store = try Store(path: state.store)
        let performer = JobPerformer(
            workbench: workbench, store: store,
            repositories: ServiceRepositories(
                named: ["own": repository.path], mirrors: directory + "/mirrors"),
            state: state)
        // What the parsing part may have written: an incident of a repository that nobody named.
        let elsewhere = try TestRepository()
        _ = try await store.claim(
            IncidentRecord(
                id: "inc-elsewhere", repository: elsewhere.path, signature: "s", branch: "main",
                title: "t", openedAt: WallClock.timestamp(), updatedAt: WallClock.timestamp()),
            holder: IncidentHolder(host: "h", process: 1, processStart: 1), isAlive: { _ in false })
        let (one, other) = try WorkLink.pair()
        let privileged = PrivilegedWork(
            link: WorkLink(owning: one), performer: performer,
            mirrors: RepositoryMirrors(directory: directory + "/mirrors", hosts: ["example.org"]),
            audit: NoAudit(), shelf: try ImageShelf())
        let served = Task { await privileged.run() }
        var link: WorkLink? = WorkLink(owning: other)
        func answer(_ call: WorkCall, _ number: UInt64) throws -> WorkEvent {
            try link?.send(WorkOrder(number: number, call: call))
            while let answer = try link?.receive(WorkAnswer.self) {
                guard answer.number == number else { continue }
                switch answer.event {
                case .done, .failed: return answer.event
                default: continue
                }
            }
            throw ServiceDidNotStart(log: "the link ended")
        }
        func request(_ change: (inout JobRequest) -> Void) -> JobRequest {
            var request = JobRequest(.run)
            request.command = ["true"]
            change(&request)
            return request
        }
        // What is meant works, so that the refusals below are of what is wrong in them.
        let plain = try answer(.perform(job: "job-1", tenant: "a", request: request { _ in }), 1)
        guard case .done = plain else {
            Issue.record("\(plain)")
            return
        }
        let forged: [WorkCall] = [
            .perform(job: "job-2", tenant: "a", request: request { $0.profile = "/etc/passwd" }),
            .perform(job: "job-2", tenant: "a", request: request { $0.repository = "/etc" }),
            .perform(
                job: "job-2", tenant: "a", request: request { $0.network = "allow=@record=/etc" }),
            .perform(job: "job-2", tenant: "a", request: request { $0.session = "../../root" }),
            .perform(job: "../../../etc/cron.d/x", tenant: "a", request: request { _ in }),
            .perform(job: "job-2", tenant: "../..", request: request { _ in }),
            .mirror(url: "file:///etc", name: "x", tenant: "a"),
            .mirror(url: "https://elsewhere.example/x", name: "x", tenant: "a"),
            .mirror(url: "https://example.org/x", name: "../../x", tenant: "a"),
            .removeMirror(name: "x", tenant: "../../../etc"),
            .open(repository: directory, revision: "HEAD", tenant: "a"),
            .open(repository: "app", revision: "--upload-pack=id", tenant: "a"),
            .read(path: "/etc/shadow", session: "none"),
            .perform(
                job: "job-2", tenant: "a",
                request: request {
                    $0.kind = .heal
                    $0.repository = "own"
                    $0.incident = "inc-elsewhere"
                }),
            .close(session: "../sessions"),
            .copies(session: "none", count: 1_000_000),
        ]
        for (index, call) in forged.enumerated() {
            let event = try answer(call, UInt64(index + 2))
            guard case .failed(let failure) = event else {
                Issue.record("\(call) was done: \(event)")
                continue
            }
            #expect(failure.kind != .cancelled, "\(call): \(failure)")
        }
        // What is no order at all ends it.
        link = nil
        await served.value
    }

    /// Killed alone, either part takes the other along: nothing half of a service goes on.
    @Test func partsEndTogether() throws {
        let first = try BuiltService()
        let edge = try #require(Self.edge(of: first))
        kill(edge, SIGKILL)
        #expect(first.waitForEnd() != 0)
        let second = try BuiltService()
        let other = try #require(Self.edge(of: second))
        second.killNow()
        for _ in 0..<100 where kill(other, 0) == 0 { Thread.pause(0.05) }
        #expect(kill(other, 0) != 0)
    }

    @Test func rootIsNoUserForRequests() throws {
        let data = NSTemporaryDirectory() + "drydock-refused-\(UUID().uuidString)"
        defer { try? FileManager.default.removeItem(atPath: data) }
        for (name, message) in [
            ("0", "not parsed as root"), ("root", "not parsed as root"),
            ("nobody-of-this-name", "no user"),
        ] {
            let ended = try BuiltService.run([
                "serve", "--listen", "127.0.0.1:0", "--data", data, "--user", name,
            ])
            #expect(ended.status == 2 && ended.errors.contains(message), "\(ended.errors)")
        }
    }

    private struct NoAudit: EventSink {
        func append(_ event: RecordedEvent) async throws {}
    }
}
