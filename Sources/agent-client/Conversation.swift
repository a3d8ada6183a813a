import Glibc
import JSONText

/// The client's side of the Agent Client Protocol, version 1 (JSON-RPC 2.0, one message a line):
/// one session, one prompt. Requests of the agent are answered by a fixed policy.
///
/// It runs beside the agent inside the sandbox, which is what bounds them both: nothing that it
/// permits goes further than the sandbox does.
struct Conversation: ~Copyable {
    static let protocolVersion = 1

    private var agent: AgentProcess
    private let directory: String
    private var nextID = 0
    private let transcript: (String) -> Void

    struct Broken: Error { var reason: String }

    init(
        _ agent: consuming AgentProcess, in directory: String,
        transcript: @escaping (String) -> Void
    ) {
        self.agent = agent
        self.directory = directory
        self.transcript = transcript
    }

    /// - Returns: why the agent stopped, as the protocol names it.
    mutating func prompt(_ text: String) throws -> String {
        let agreed = try request(
            "initialize",
            [
                "protocolVersion": JSONValue(Self.protocolVersion),
                "clientCapabilities": [
                    "fs": ["readTextFile": true, "writeTextFile": true], "terminal": false,
                ], "clientInfo": ["name": "drydock", "version": "1"],
            ])
        guard agreed["protocolVersion"]?.integerValue == Self.protocolVersion else {
            throw Broken(reason: "the agent does not speak version \(Self.protocolVersion)")
        }
        let session = try request(
            "session/new", ["cwd": .string(directory), "mcpServers": .array([])])
        guard let id = session["sessionId"]?.stringValue else {
            throw Broken(reason: "session/new gave no sessionId")
        }
        let result = try request(
            "session/prompt",
            [
                "sessionId": .string(id),
                "prompt": .array([["type": "text", "text": .string(text)]]),
            ])
        return result["stopReason"]?.stringValue ?? "unknown"
    }

    consuming func end() { agent.end() }

    private mutating func request(_ method: String, _ params: JSONValue) throws -> JSONValue {
        let id = nextID
        nextID += 1
        try send([
            "jsonrpc": "2.0", "id": JSONValue(id), "method": .string(method), "params": params,
        ])
        while let line = try agent.receive() {
            // Agents that log to their standard output are not worth dying for.
            guard let message = try? JSONValue(parsing: line) else { continue }
            if message["method"] != nil {
                try answer(message)
            } else if message["id"]?.integerValue == id {
                if let error = message["error"] {
                    throw Broken(
                        reason: "\(method): \(error["message"]?.stringValue ?? error.text())")
                }
                return message["result"] ?? .null
            }
        }
        throw Broken(reason: "the agent ended during \(method)")
    }

    private mutating func send(_ message: JSONValue) throws { try agent.send(message.text()) }

    /// What the agent asks or tells.
    private mutating func answer(_ message: JSONValue) throws {
        let method = message["method"]?.stringValue ?? ""
        let params = message["params"] ?? .null
        transcript(message.text())
        guard let id = message["id"] else { return }
        let result: JSONValue?
        switch method {
        case "session/request_permission": result = Permission.outcome(of: params, in: directory)
        case "fs/read_text_file": result = WorkspaceFiles.read(params, in: directory)
        case "fs/write_text_file": result = WorkspaceFiles.write(params, in: directory)
        default: result = nil
        }
        let reply: JSONValue
        if let result {
            reply = ["jsonrpc": "2.0", "id": id, "result": result]
        } else {
            let error: JSONValue = [
                "code": -32601, "message": .string("\(method) is not had here"),
            ]
            reply = ["jsonrpc": "2.0", "id": id, "error": error]
        }
        transcript(reply.text())
        try send(reply)
    }
}

/// The policy for permissions: inside the sandbox and below the workspace everything may be done,
/// once at a time; what names a place outside of it is rejected.
enum Permission {
    static func outcome(of params: JSONValue, in directory: String) -> JSONValue {
        let options = params["options"]?.arrayValue ?? []
        func option(_ kinds: [String]) -> String? {
            for kind in kinds {
                if let found = options.first(where: { $0["kind"]?.stringValue == kind }) {
                    return found["optionId"]?.stringValue
                }
            }
            return nil
        }
        let places = params["toolCall"]?["locations"]?.arrayValue ?? []
        let isInside = places.allSatisfy { place in
            WorkspaceFiles.isInside(place["path"]?.stringValue ?? "", directory)
        }
        let chosen =
            isInside
            ? option(["allow_once", "allow_always"]) : option(["reject_once", "reject_always"])
        guard let chosen else { return ["outcome": ["outcome": "cancelled"]] }
        return ["outcome": ["outcome": "selected", "optionId": .string(chosen)]]
    }
}

/// The files of the workspace, for agents that ask their client for them.
enum WorkspaceFiles {
    private static let byteLimit = 8 << 20

    static func isInside(_ path: String, _ directory: String) -> Bool {
        let parts = path.split(separator: "/")
        return (path == directory || path.hasPrefix(directory + "/")) && !parts.contains("..")
            && !parts.contains(".git")
    }

    static func read(_ params: JSONValue, in directory: String) -> JSONValue? {
        guard let path = params["path"]?.stringValue, isInside(path, directory),
            let file = fopen(path, "r")
        else { return nil }
        defer { fclose(file) }
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 65_536)
        while case let count = fread(&chunk, 1, chunk.count, file), count > 0 {
            bytes += chunk[..<count]
            guard bytes.count <= byteLimit else { return nil }
        }
        var lines = String(decoding: bytes, as: UTF8.self)
            .split(separator: "\n", omittingEmptySubsequences: false)
        if let first = params["line"]?.integerValue, first > 1 {
            lines = Array(lines.dropFirst(first - 1))
        }
        if let count = params["limit"]?.integerValue, count >= 0 {
            lines = Array(lines.prefix(count))
        }
        return ["content": .string(lines.joined(separator: "\n"))]
    }

    static func write(_ params: JSONValue, in directory: String) -> JSONValue? {
        guard let path = params["path"]?.stringValue, isInside(path, directory),
            let content = params["content"]?.stringValue
        else { return nil }
        var place = path[...]
        var folders: [String] = []
        while let slash = place.lastIndex(of: "/"), place.count > directory.count {
            place = place[..<slash]
            folders.append(String(place))
        }
        for folder in folders.reversed() { mkdir(folder, 0o755) }
        guard let file = fopen(path, "w") else { return nil }
        defer { fclose(file) }
        let bytes = Array(content.utf8)
        guard fwrite(bytes, 1, bytes.count, file) == bytes.count else { return nil }
        return .null
    }
}
