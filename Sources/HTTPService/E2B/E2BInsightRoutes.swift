internal import Hummingbird
internal import JSONText
internal import Orchestration

/// Metrics, logs and network rules of sandboxes: a part of the control plane.
enum E2BInsightRoutes {
    static func add(to routes: RecordingRoutes, state: ServiceState) {
        routes.get("sandboxes/metrics") { request, context in
            let identity = try context.require(.read)
            let list = FormQuery(request)["sandbox_ids"] ?? ""
            let names = list.split(separator: ",").map(String.init)
            guard names.count <= 100 else {
                throw ServiceError.badRequest("sandbox_ids has more than 100 ids")
            }
            var members: [(String, JSONValue?)] = []
            for name in names {
                guard let sandbox = try? state.e2b.sandbox(name, tenant: identity.tenant),
                    let last = try await samples(sandbox, state).last
                else { continue }
                members.append((name, metric(last)))
            }
            return JSONBody.response(["sandboxes": JSONValue(members: members)])
        }
        routes.get("sandboxes/{id}/metrics") { request, context in
            let sandbox = try E2BControlRoutes.find(context, state, .read)
            let query = FormQuery(request)
            let start = try seconds(query["start"], "start") ?? 0
            let end = try seconds(query["end"], "end") ?? .max / 1000
            let chosen = try await samples(sandbox, state).filter { sample in
                let at = sample["at_ms"]?.integerValue ?? 0
                return at >= start * 1000 && at / 1000 <= end
            }
            return JSONBody.response(.array(chosen.map(metric)))
        }
        routes.get("sandboxes/{id}/logs") { request, context in
            let sandbox = try E2BControlRoutes.find(context, state, .read)
            let query = FormQuery(request)
            let start = try seconds(query["start"], "start") ?? 0
            let limit = try limit(query["limit"])
            let entries = try await entries(sandbox, state)
                .filter { ($0["at_ms"]?.integerValue ?? 0) >= start }.prefix(limit)
            return JSONBody.response([
                "logs": .array(
                    entries.map { entry in
                        [
                            "timestamp": entry["timestamp"] ?? .null,
                            "line": entry["message"] ?? .null,
                        ]
                    }),
                "logEntries": .array(entries.map(shown)),
            ])
        }
        routes.get("v2/sandboxes/{id}/logs") { request, context in
            let sandbox = try E2BControlRoutes.find(context, state, .read)
            let query = FormQuery(request)
            let isBackward = query["direction"] == "backward"
            var entries = try await entries(sandbox, state)
            if let level = query["level"] {
                let levels = ["debug", "info", "warn", "error"]
                guard let least = levels.firstIndex(of: level) else {
                    throw ServiceError.badRequest("level is debug, info, warn or error")
                }
                entries.removeAll {
                    (levels.firstIndex(of: $0["level"]?.stringValue ?? "") ?? 0) < least
                }
            }
            if let search = query["search"], !search.isEmpty {
                entries.removeAll { $0["message"]?.stringValue?.contains(search) != true }
            }
            if let cursor = try seconds(query["cursor"], "cursor") {
                entries.removeAll {
                    let at = $0["at_ms"]?.integerValue ?? 0
                    return isBackward ? at > cursor : at < cursor
                }
            }
            if isBackward { entries.reverse() }
            let chosen = entries.prefix(try limit(query["limit"]))
            return JSONBody.response(["logs": .array(chosen.map(shown))])
        }
        routes.put("sandboxes/{id}/network") { request, context in
            let sandbox = try E2BControlRoutes.find(context, state, .run)
            let body = try await JSONBody.read(request, limits: state.configuration.limits)
            let fields = Fields(body)
            var note = sandbox.note
            note.hosts = try E2BNetwork.hosts(
                fields, internet: try fields.flag("allow_internet_access"))
            note.network = body
            try await translatingFailures {
                try await state.e2b.sandboxes.updateNetwork(
                    sandbox.identifier, hosts: note.hosts, note: note.json)
            }
            return Response(status: .noContent)
        }
    }

    private static func seconds(_ text: String?, _ name: String) throws -> Int? {
        guard let text else { return nil }
        guard let number = Int(text), (0...(.max / 1000)).contains(number) else {
            throw ServiceError.badRequest("\(name) is not a whole number of 0 and up")
        }
        return number
    }

    private static func limit(_ text: String?) throws -> Int {
        guard let text else { return 1000 }
        guard let number = Int(text), (0...1000).contains(number) else {
            throw ServiceError.badRequest("limit is not between 0 and 1000")
        }
        return number
    }

    private static func samples(
        _ sandbox: E2BSandbox, _ state: ServiceState
    ) async throws -> [JSONValue] {
        try await translatingFailures {
            try await state.e2b.sandboxes.ask(sandbox.identifier, "usage")["samples"]?.arrayValue
                ?? []
        }
    }

    private static func entries(
        _ sandbox: E2BSandbox, _ state: ServiceState
    ) async throws -> [JSONValue] {
        try await translatingFailures {
            try await state.e2b.sandboxes.ask(sandbox.identifier, "log")["entries"]?.arrayValue
                ?? []
        }
    }

    private static func metric(_ sample: JSONValue) -> JSONValue {
        let at = UInt64(clamping: sample["at_ms"]?.integerValue ?? 0)
        let limit = sample["processor_limit"]?.doubleValue ?? 1
        let used = (sample["processors"]?.doubleValue ?? 0) / limit * 100
        func number(_ name: String) -> JSONValue { sample[name] ?? 0 }
        return JSONValue(members: [
            ("timestamp", .string(Timestamps.text(milliseconds: at))),
            ("timestampUnix", JSONValue(at / 1000)),
            ("cpuCount", JSONValue(Int(limit.rounded(.up)))),
            ("cpuUsedPct", JSONValue((used * 100).rounded() / 100)),
            ("memUsed", number("memory_bytes")), ("memTotal", number("memory_limit_bytes")),
            ("memCache", number("memory_cache_bytes")), ("diskUsed", number("disk_bytes")),
            ("diskTotal", number("disk_limit_bytes")),
        ])
    }

    private static func shown(_ entry: JSONValue) -> JSONValue {
        JSONValue(members: [
            ("timestamp", entry["timestamp"]), ("message", entry["message"]),
            ("level", entry["level"]), ("fields", entry["fields"]),
        ])
    }
}
