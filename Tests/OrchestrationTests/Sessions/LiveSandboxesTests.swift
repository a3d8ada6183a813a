import Foundation
import JSONText
import Logging
import NIOCore
import RunModel
import Sandboxing
import Testing

@testable import Orchestration

/// Real sandboxes that live on, held by their own supervisors.
@Suite(.serialized) struct LiveSandboxesTests {
    /// A service's part, in a directory of its own.
    final class Dock {
        let directory: String
        let sandboxes: LiveSandboxes

        init(directory: String? = nil) async throws {
            self.directory =
                directory ?? NSTemporaryDirectory() + "dock-\(UUID().uuidString.prefix(8))"
            try FileManager.default.createDirectory(
                atPath: self.directory, withIntermediateDirectories: true,
                attributes: [.posixPermissions: 0o700])
            var log = Logger(label: "test")
            log.logLevel = .critical
            sandboxes = try await LiveSandboxes(
                directory: self.directory, profiles: ["build"], imageRoots: [], log: log)
        }

        func make(_ change: (inout LiveSpecification) -> Void = { _ in }) async throws -> Guest {
            var specification = LiveSpecification(
                identifier: "t" + UUID().uuidString.lowercased().filter { $0 != "-" }.prefix(12))
            specification.account = SandboxAccount(name: "user", home: "/home/user")
            specification.limits.memoryBytes = 256 << 20
            specification.limits.diskBytes = 64 << 20
            specification.limits.processes = 64
            change(&specification)
            return Guest(
                record: try await sandboxes.create(specification), sandboxes: sandboxes)
        }

        deinit { try? FileManager.default.removeItem(atPath: directory) }
    }

    /// One sandbox, and what tests do with it.
    struct Guest {
        let record: LiveRecord
        let sandboxes: LiveSandboxes
        var id: String { record.identifier }

        struct Ended {
            var output = ""
            var errors = ""
            var end = JSONValue.null
            var code: Int? { end["exit_code"]?.integerValue }
        }

        func shell(
            _ script: String, _ more: [(String, JSONValue?)] = []
        ) async throws -> Ended {
            let call = try await sandboxes.open(
                id, "start", [("command", ["/bin/bash", "-c", .string(script)])] + more)
            _ = try await call.reply()
            return try await Self.read(call)
        }

        static func read(_ call: LiveCall) async throws -> Ended {
            var (output, errors) = (ByteBuffer(), ByteBuffer())
            var ended = Ended()
            while let message = try await call.next() {
                switch message {
                case .data(2, var bytes): errors.writeBuffer(&bytes)
                case .data(_, var bytes): output.writeBuffer(&bytes)
                case .event(let end): ended.end = end
                case .end:
                    ended.output = String(buffer: output)
                    ended.errors = String(buffer: errors)
                    return ended
                case .reply: break
                }
            }
            throw LiveFailure(.unavailable, "the stream broke off")
        }

        func write(_ path: String, _ text: String) async throws {
            let call = try await sandboxes.open(id, "write", [("path", .string(path))])
            try await call.send(ByteBuffer(string: text))
            try await call.sendEnd()
            _ = try await call.reply()
        }

        func read(_ path: String) async throws -> String {
            let call = try await sandboxes.open(id, "read", [("path", .string(path))])
            _ = try await call.reply()
            return try await Self.read(call).output
        }

        func end() async { try? await sandboxes.end(id, reason: "the test is over") }
    }

    private func code(_ body: () async throws -> Void) async -> LiveFailure.Code? {
        do { try await body() } catch { return (error as? LiveFailure)?.code }
        return nil
    }

    @Test func commandsRunTogetherBehindAllFences() async throws {
        let dock = try await Dock()
        let guest = try await dock.make()
        let status = try await guest.shell(
            "grep -E '^(Seccomp|NoNewPrivs|CapEff|CapBnd):' /proc/self/status")
        #expect(
            status.output.split(separator: "\n").map { $0.split(separator: "\t").last ?? "" }
                == ["0000000000000000", "0000000000000000", "1", "2"])
        let results = try await withThrowingTaskGroup(of: Guest.Ended.self) { group in
            for number in 0..<20 {
                group.addTask {
                    try await guest.shell(
                        "sleep 0.05; echo $N; exit \(number)",
                        [
                            ("environment", ["N": .string("\(number)")]), ("cwd", "/tmp"),
                        ])
                }
            }
            var results: [Guest.Ended] = []
            for try await result in group { results.append(result) }
            return results
        }
        for result in results { #expect(result.output == "\(result.code ?? -1)\n") }
        #expect(try await guest.shell("kill -9 $$").end["signal"]?.integerValue == 9)
        #expect(
            await code { _ = try await guest.shell("", [("command", ["nothere"])]) }
                == .invalidArgument)
        #expect(
            await code { _ = try await guest.shell("true", [("cwd", "/nowhere")]) }
                == .invalidArgument)
        await guest.end()
    }

    @Test func aFloodWithoutAListenerStopsNothing() async throws {
        let dock = try await Dock()
        let guest = try await dock.make()
        let call = try await guest.sandboxes.open(
            guest.id, "start",
            [("command", ["/bin/bash", "-c", "sleep 1; head -c 20000000 /dev/zero; echo over"])])
        let pid = try await call.reply()["pid"]
        call.close()
        var ended = false
        for _ in 0..<200 where !ended {
            try await Task.sleep(for: .milliseconds(25))
            let list = try await guest.sandboxes.ask(guest.id, "processes")
            ended = list["processes"]?.arrayValue?.first?["running"]?.boolValue == false
        }
        #expect(ended)
        let again = try await guest.sandboxes.open(guest.id, "attach", [("pid", pid)])
        _ = try await again.reply()
        let rest = try await Guest.read(again)
        #expect(rest.output.hasSuffix("over\n") && rest.code == 0)
        let dropped = try #require(rest.end["dropped_bytes"]?.integerValue)
        #expect(dropped + rest.output.utf8.count == 20_000_005)
        await guest.end()
    }

    /// Neither side's memory grows with how small the pieces are, nobody loses any.
    @Test func aByteAtATimeToAListenerThatDoesNotReadTakesLittleMemory() async throws {
        let dock = try await Dock()
        let guest = try await dock.make()
        let count = 3_000_000
        let call = try await guest.sandboxes.open(
            guest.id, "start",
            [
                (
                    "command",
                    ["/bin/dd", "if=/dev/zero", "bs=1", .string("count=\(count)"), "status=none"]
                )
            ])
        _ = try await call.reply()
        let supervisor = try parent(of: guest.record.processIdentifier)
        let began = try residentBytes(of: supervisor)
        try await Task.sleep(for: .milliseconds(2500))
        let grown = try residentBytes(of: supervisor) - began
        #expect(grown < 24 << 20, "the supervisor has grown by \(grown) bytes")
        let all = try await Guest.read(call)
        #expect(all.output.utf8.count == count && all.code == 0)
        await guest.end()
    }

    private func parent(of process: Int32) throws -> Int32 {
        let text = try String(contentsOfFile: "/proc/\(process)/status", encoding: .utf8)
        return try #require(Int32(value("PPid:", in: text)))
    }

    private func residentBytes(of process: Int32) throws -> Int {
        let text = try String(contentsOfFile: "/proc/\(process)/status", encoding: .utf8)
        return try #require(Int(value("VmRSS:", in: text))) * 1024
    }

    private func value(_ key: String, in text: String) -> String {
        let line = text.split(separator: "\n").first { $0.hasPrefix(key) } ?? ""
        return String(line.split(whereSeparator: \.isWhitespace).dropFirst().first ?? "")
    }

    @Test func noPathAndNoLinkLeadsOut() async throws {
        let secret = NSTemporaryDirectory() + "secret-\(UUID().uuidString)"
        try "the host's".write(toFile: secret, atomically: true, encoding: .utf8)
        defer { try? FileManager.default.removeItem(atPath: secret) }
        let dock = try await Dock()
        let guest = try await dock.make()
        _ = try await guest.shell(
            """
            ln -s \(secret) absolute; ln -s ../../../../..\(secret) relative
            ln -s /proc/1/root magic; ln -s /proc/self/cwd cwd; ln -s / top; mkfifo pipe
            mkdir folder; ln -s folder link
            """)
        for path in [
            "absolute", "relative", "top\(secret)", "../../../..\(secret)", "magic\(secret)",
            "/proc/1/root\(secret)",
        ] {
            // What begins at a root begins at the sandbox's own.
            #expect((try? await guest.read(path)) == nil, "\(path)")
            try? await guest.write(path, "x")
            _ = try await guest.shell("rm -f \(secret)")
        }
        #expect(try String(contentsOfFile: secret, encoding: .utf8) == "the host's")
        #expect(await code { _ = try await guest.read("/proc/1/environ") } != nil)
        #expect(await code { _ = try await guest.read("pipe") } == .invalidArgument)
        #expect(await code { try await guest.write("pipe", "x") } == .invalidArgument)
        #expect(await code { try await guest.write("/etc/passwd", "x") } == .permissionDenied)
        #expect(await code { try await guest.write("/usr/x", "x") } == .permissionDenied)
        #expect(await code { try await guest.write("bad\u{0}name", "x") } == .invalidArgument)
        // A link is removed, not what it leads to; within the sandbox links work.
        try await guest.write("link/inside", "x")
        #expect(try await guest.read("folder/inside") == "x")
        try await guest.sandboxes.ask(guest.id, "remove", [("path", "link")])
        #expect(try await guest.shell("ls folder; ls -d link").output == "inside\n")
        await guest.end()
    }

    @Test func aFullDiskIsSaidAndTheHostFeelsNothing() async throws {
        let dock = try await Dock()
        let guest = try await dock.make { $0.limits.diskBytes = 1 << 20 }
        #expect(
            await code { try await guest.write("large", String(repeating: "x", count: 2 << 20)) }
                == .resourceExhausted)
        #expect(try await guest.shell("rm large; echo small > a; cat a").output == "small\n")
        await guest.end()
    }

    @Test func aPauseStopsEverythingAndAResumeLetsItGoOn() async throws {
        let dock = try await Dock()
        let guest = try await dock.make()
        let call = try await guest.sandboxes.open(
            guest.id, "start",
            [("command", ["/bin/bash", "-c", "while :; do echo x >> count; sleep 0.01; done"])])
        _ = try await call.reply()
        try await Task.sleep(for: .milliseconds(200))
        guest.sandboxes.note(try await guest.sandboxes.ask(guest.id, "pause"), of: guest.id)
        #expect(guest.sandboxes.record(guest.id)?.isPaused == true)
        #expect(await code { _ = try await guest.shell("true") } == .unavailable)
        #expect(
            await code { try await guest.sandboxes.ask(guest.id, "pause") } == .failedPrecondition)
        let archive = dock.directory + "/files"
        try await guest.sandboxes.archive(guest.id, to: archive)
        try await Task.sleep(for: .milliseconds(200))
        try await guest.sandboxes.ask(guest.id, "resume")
        let after = try await guest.read("count").count
        // What was stored while it stood still is what there was when it went on.
        let copy = try await dock.make()
        try await copy.sandboxes.restore(copy.id, from: archive)
        #expect(after - (try await copy.read("count").count) < 20)
        try await Task.sleep(for: .milliseconds(200))
        #expect(try await guest.read("count").count > after)
        await guest.end()
        await copy.end()
    }

    @Test func aTerminalHasASizeAndAnEnd() async throws {
        let dock = try await Dock()
        let guest = try await dock.make()
        let call = try await guest.sandboxes.open(
            guest.id, "start",
            [("command", ["/bin/bash", "-i"]), ("terminal", ["rows": 24, "columns": 80])])
        let pid = try await call.reply()["pid"]
        try await guest.sandboxes.ask(
            guest.id, "resize", [("pid", pid), ("rows", 40), ("columns", 132)])
        let input = try await guest.sandboxes.open(guest.id, "input", [("pid", pid)])
        try await input.send(ByteBuffer(string: "stty size; tty; exit 3\n"))
        try await input.sendEnd()
        _ = try await input.reply()
        let ended = try await Guest.read(call)
        #expect(ended.output.contains("40 132") && ended.output.contains("/dev/pts/"))
        #expect(ended.code == 3)
        await guest.end()
    }

    @Test func timeEndsOrPausesASandbox() async throws {
        let dock = try await Dock()
        func soon() -> UInt64 { UInt64(Date().timeIntervalSince1970 * 1000) + 700 }
        let brief = try await dock.make { $0.endsAtMilliseconds = soon() }
        let kept = try await dock.make {
            $0.endsAtMilliseconds = soon()
            $0.pausesAtEnd = true
        }
        for _ in 0..<100 where dock.sandboxes.record(brief.id) != nil {
            try await Task.sleep(for: .milliseconds(50))
        }
        #expect(dock.sandboxes.record(brief.id) == nil)
        for _ in 0..<100 where dock.sandboxes.record(kept.id)?.isPaused != true {
            try await Task.sleep(for: .milliseconds(50))
        }
        #expect(dock.sandboxes.record(kept.id)?.isPaused == true)
        await kept.end()
        // Nothing of either is left: no process, no directory.
        for process in [brief, kept].map(\.record.processIdentifier) {
            #expect(!FileManager.default.fileExists(atPath: "/proc/\(process)"))
        }
        #expect(
            try FileManager.default.contentsOfDirectory(atPath: dock.directory) == ["spawner"])
    }

    @Test func specificationsAreChecked() async throws {
        let dock = try await Dock()
        for change: (inout LiveSpecification) -> Void in [
            { $0.identifier = "../../etc" }, { $0.profile = "../x" }, { $0.profile = "debug" },
            { $0.image = "/etc" }, { $0.limits.memoryBytes = 1 },
        ] {
            #expect(await code { _ = try await dock.make(change) } != nil)
        }
        #expect(
            try FileManager.default.contentsOfDirectory(atPath: dock.directory) == ["spawner"])
    }
}
