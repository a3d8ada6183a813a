import Foundation
import Synchronization

/// The built `drydock-tool serve` on a loopback port, with a directory of its own.
final class BuiltService {
    static let tool: String = {
        let own =
            (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")) ?? ""
        return (own as NSString).deletingLastPathComponent + "/drydock-tool"
    }()

    static let root: String = {
        var url = URL(fileURLWithPath: #filePath)
        for _ in 0..<4 { url.deleteLastPathComponent() }
        return url.path
    }()

    let directory: String
    let address: String
    let port: Int
    /// A key with the standard scopes.
    let key: String
    private let process: Process
    private let output: Pipe

    /// Services that run. A suite that shares one never lets it go: it ends with the tests.
    private static let running = Mutex<Set<Int32>>([])
    private static let endsWithTheTests: Void = {
        atexit { BuiltService.running.withLock { for service in $0 { kill(service, SIGKILL) } } }
    }()

    init(
        directory: String? = nil, options: [String] = [], environment: [String: String] = [:]
    ) throws {
        let data = directory ?? NSTemporaryDirectory() + "drydock-service-\(UUID().uuidString)"
        self.directory = data
        key = try Self.makeKey(data: data, ["--name", "test"])
        process = Process()
        process.executableURL = URL(filePath: Self.tool)
        process.arguments = ["serve", "--listen", "127.0.0.1:0", "--data", data] + options
        process.environment = ProcessInfo.processInfo.environment
            .merging(environment) { _, own in own }
        output = Pipe()
        process.standardOutput = output
        let log = data + "/service.log"
        _ = FileManager.default.createFile(atPath: log, contents: nil)
        process.standardError = FileHandle(forWritingAtPath: log)
        try process.run()
        _ = Self.endsWithTheTests
        let identifier = process.processIdentifier
        Self.running.withLock { _ = $0.insert(identifier) }
        var text = ""
        while !text.contains("\n") {
            let more = output.fileHandleForReading.availableData
            if more.isEmpty { break }
            text += String(decoding: more, as: UTF8.self)
        }
        guard let line = text.split(separator: "\n").first(where: { $0.contains("listening on ") }),
            let range = line.range(of: "listening on "),
            let port = Int(line.split(separator: ":").last ?? "")
        else {
            throw ServiceDidNotStart(
                log: (try? String(contentsOfFile: log, encoding: .utf8)) ?? "no log")
        }
        address = String(line[range.upperBound...])
        self.port = port
    }

    deinit {
        kill(process.processIdentifier, SIGKILL)
        ended()
        try? FileManager.default.removeItem(atPath: directory)
    }

    var log: String {
        (try? String(contentsOfFile: directory + "/service.log", encoding: .utf8)) ?? ""
    }
    var pid: Int32 { process.processIdentifier }

    /// Sends SIGTERM and waits for the end.
    func stop() -> Int32 {
        kill(process.processIdentifier, SIGTERM)
        return waitForEnd()
    }

    func terminate() { kill(process.processIdentifier, SIGTERM) }
    /// As a crash would: nothing is said before.
    func killNow() {
        kill(process.processIdentifier, SIGKILL)
        ended()
    }

    func waitForEnd() -> Int32 {
        ended()
        return process.terminationStatus
    }

    private func ended() {
        process.waitUntilExit()
        let identifier = process.processIdentifier
        Self.running.withLock { _ = $0.remove(identifier) }
    }

    static func makeKey(data: String, _ options: [String]) throws -> String {
        let ended = try run(["keys", "create", "--data", data] + options)
        guard ended.status == 0 else { throw ServiceDidNotStart(log: ended.errors) }
        return ended.output.trimmingCharacters(in: .whitespacesAndNewlines)
    }

    struct Ended {
        var status: Int32
        var output: String
        var errors: String
    }

    static func run(_ arguments: [String]) throws -> Ended {
        let process = Process()
        process.executableURL = URL(filePath: tool)
        process.arguments = arguments
        let (output, errors) = (Pipe(), Pipe())
        process.standardOutput = output
        process.standardError = errors
        try process.run()
        let text = output.fileHandleForReading.readDataToEndOfFile()
        let complaint = errors.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        return Ended(
            status: process.terminationStatus, output: String(decoding: text, as: UTF8.self),
            errors: String(decoding: complaint, as: UTF8.self))
    }
}

struct ServiceDidNotStart: Error { var log: String }
