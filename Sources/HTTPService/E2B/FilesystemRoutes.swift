internal import Hummingbird
internal import JSONText
internal import NIOCore
internal import Orchestration
internal import Sandboxing

/// Files of a sandbox: the service `filesystem.Filesystem` of E2B's data plane.
enum FilesystemRoutes: RouteGroup {
    static let requiresKey = false
    static var errors: any ErrorBody.Type { ConnectErrorBody.self }

    static func add(to routes: RecordingRoutes, state: ServiceState) {
        let access = DataPlaneAccess(state: state)
        func unary(
            _ method: String, _ operation: String,
            _ members: @escaping @Sendable (Fields) throws -> [(String, JSONValue?)],
            _ answer: @escaping @Sendable (JSONValue) -> JSONValue
        ) {
            routes.post(RouterPath("filesystem.Filesystem/" + method)) { request, _ in
                let sandbox = try await access.authorised(request)
                try DataPlaneAccess.checkUser(request)
                let message = try await JSONBody.read(request, limits: state.configuration.limits)
                let members = try members(Fields(message))
                return JSONBody.response(
                    try await translatingFailures {
                        answer(
                            try await state.e2b.sandboxes.ask(
                                sandbox.identifier, operation, members))
                    })
            }
        }
        let entry: @Sendable (JSONValue) -> JSONValue = { ["entry": EntryInfo.shown($0["entry"])] }
        let nothing: @Sendable (JSONValue) -> JSONValue = { _ in .object([]) }
        unary("Stat", "stat", { [("path", try path($0))] }, entry)
        unary("MakeDir", "make_directory", { [("path", try path($0))] }, entry)
        unary("Remove", "remove", { [("path", try path($0))] }, nothing)
        unary(
            "Move", "move",
            {
                [
                    ("path", try path($0, "source")), ("destination", try path($0, "destination")),
                ]
            }, entry)
        unary(
            "ListDir", "list",
            { fields in
                let depth = try fields.number("depth") ?? 1
                return [("path", try path(fields)), ("depth", JSONValue(depth == 0 ? 1 : depth))]
            },
            { answer in
                ["entries": .array((answer["entries"]?.arrayValue ?? []).map(EntryInfo.shown))]
            })
        unary("CreateWatcher", "watcher_create", watch) { ["watcherId": $0["watcher"] ?? ""] }
        unary(
            "GetWatcherEvents", "watcher_events",
            { [("watcher", try $0.text("watcherId").map(JSONValue.string))] },
            { ["events": .array(($0["events"]?.arrayValue ?? []).map(event))] })
        unary(
            "RemoveWatcher", "watcher_remove",
            { [("watcher", try $0.text("watcherId").map(JSONValue.string))] }, nothing)
        routes.post("filesystem.Filesystem/WatchDir") { request, _ in
            let sandbox = try await access.authorised(request)
            try DataPlaneAccess.checkUser(request)
            var reader = ConnectStream.Reader(request.body)
            guard let message = try await reader.next() else {
                throw ServiceError.badRequest("the body has no message")
            }
            return follow(sandbox, try watch(Fields(message)), request, state)
        }
    }

    private static func path(_ fields: Fields, _ name: String = "path") throws -> JSONValue {
        guard let text = try fields.text(name) else {
            throw ServiceError.badRequest("\(name) is missing")
        }
        return .string(text)
    }

    private static func watch(_ fields: Fields) throws -> [(String, JSONValue?)] {
        [
            ("path", try path(fields)),
            ("recursive", .bool(try fields.flag("recursive") ?? false)),
            ("entries", .bool(try fields.flag("includeEntry") ?? false)),
        ]
    }

    private static func event(_ event: JSONValue) -> JSONValue {
        JSONValue(members: [
            ("name", event["name"]),
            ("type", .string("EVENT_TYPE_" + (event["type"]?.stringValue ?? "").uppercased())),
            ("entry", event["entry"].map(EntryInfo.shown)),
        ])
    }

    private static func follow(
        _ sandbox: E2BSandbox, _ members: [(String, JSONValue?)], _ request: Request,
        _ state: ServiceState
    ) -> Response {
        let keepalive = ConnectStream.keepaliveSeconds(request)
        let deadline = ConnectStream.timeoutMilliseconds(request)
            .map { ContinuousClock.now + .milliseconds($0) }
        return ConnectStream.response { writer in
            let call = try await state.e2b.sandboxes.open(sandbox.identifier, "watch", members)
            _ = try await call.reply()
            try await writer.write(ConnectStream.frame(["start": [:]]))
            while true {
                var pause = TimeAmount.seconds(keepalive)
                if let deadline {
                    let rest = (deadline - ContinuousClock.now) / .milliseconds(1)
                    guard rest > 0 else {
                        throw ServiceError(
                            .gatewayTimeout, code: "deadline_exceeded",
                            message: "the stream's time is over")
                    }
                    pause = min(pause, .milliseconds(Int64(rest) + 1))
                }
                switch try await call.next(within: pause) {
                case .message(.event(let change)):
                    try await writer.write(ConnectStream.frame(["filesystem": event(change)]))
                case .nothing: try await writer.write(ConnectStream.frame(["keepalive": [:]]))
                default: throw LiveFailure(.unavailable, "the sandbox has ended")
                }
            }
        }
    }
}

/// What is said of a file.
enum EntryInfo {
    static func shown(_ entry: JSONValue?) -> JSONValue {
        let entry = entry ?? .object([])
        let kind = entry["kind"]?.stringValue ?? ""
        let isLink = kind == "symbolicLink"
        let mode = UInt32(clamping: entry["mode"]?.integerValue ?? 0)
        return JSONValue(members: [
            ("name", entry["name"]),
            ("type", .string(type(isLink ? entry["target_kind"]?.stringValue ?? kind : kind))),
            ("path", entry["path"]), ("size", entry["size_bytes"]), ("mode", JSONValue(mode)),
            ("permissions", .string(permissions(mode, kind))), ("owner", entry["owner"]),
            ("group", entry["group"]),
            (
                "modifiedTime",
                .string(
                    Timestamps.text(
                        seconds: Int64(entry["modified_s"]?.integerValue ?? 0),
                        nanoseconds: Int64(entry["modified_ns"]?.integerValue ?? 0)))
            ), ("symlinkTarget", entry["target"]), ("isSymlink", isLink ? true : JSONValue?.none),
            (
                "metadata",
                entry["attributes"]?.members?.isEmpty == false
                    ? entry["attributes"] : JSONValue?.none
            ),
        ])
    }

    private static func type(_ kind: String) -> String {
        switch kind {
        case "file": "FILE_TYPE_FILE"
        case "directory": "FILE_TYPE_DIRECTORY"
        case "symbolicLink": "FILE_TYPE_SYMLINK"
        default: "FILE_TYPE_UNSPECIFIED"
        }
    }

    /// As `ls -l` writes it.
    private static func permissions(_ mode: UInt32, _ kind: String) -> String {
        var text = kind == "directory" ? "d" : kind == "symbolicLink" ? "l" : "-"
        for shift in [6, 3, 0] as [UInt32] {
            let bits = mode >> shift & 7
            text +=
                (bits & 4 != 0 ? "r" : "-") + (bits & 2 != 0 ? "w" : "-")
                + (bits & 1 != 0 ? "x" : "-")
        }
        return text
    }
}
