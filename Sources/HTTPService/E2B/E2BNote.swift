internal import JSONText
internal import Orchestration
internal import RunModel
internal import Sandboxing

/// What the service keeps of a sandbox beside its specification: it lies with the supervisor, so
/// that a restarted service has it again.
struct E2BNote: Sendable {
    var tenant: String
    var template: String
    var metadata: [String: String] = [:]
    /// Opens the data plane.
    var accessToken: String
    /// Opens the ports, where they are not public; `nil` where they are.
    var trafficToken: String?
    var resumesOnTraffic = false
    var idempotencyKey: String?
    /// Of the body that came with the key.
    var requestDigest: String?
    /// Rules as of `--net allow=`; empty is no way out.
    var hosts: [String] = []
    /// As the client gave it, to be shown again.
    var network: JSONValue = .null
    var maskedHost: String?

    init(tenant: String, template: String, accessToken: String) {
        self.tenant = tenant
        self.template = template
        self.accessToken = accessToken
    }

    init?(_ value: JSONValue) {
        guard let tenant = value["tenant"]?.stringValue,
            let template = value["template"]?.stringValue,
            let token = value["access_token"]?.stringValue
        else { return nil }
        self.init(tenant: tenant, template: template, accessToken: token)
        metadata = value["metadata"]?.stringMap ?? [:]
        trafficToken = value["traffic_token"]?.stringValue
        resumesOnTraffic = value["resumes_on_traffic"]?.boolValue ?? false
        idempotencyKey = value["idempotency_key"]?.stringValue
        requestDigest = value["request_digest"]?.stringValue
        hosts = value["network"]?["hosts"]?.arrayValue?.compactMap(\.stringValue) ?? []
        network = value["network"]?["asked"] ?? .null
        maskedHost = value["masked_host"]?.stringValue
    }

    var json: JSONValue {
        JSONValue(members: [
            ("tenant", .string(tenant)), ("template", .string(template)),
            ("metadata", JSONValue(stringMap: metadata)), ("access_token", .string(accessToken)),
            ("traffic_token", trafficToken.map(JSONValue.string)),
            ("resumes_on_traffic", .bool(resumesOnTraffic)),
            ("idempotency_key", idempotencyKey.map(JSONValue.string)),
            ("request_digest", requestDigest.map(JSONValue.string)),
            (
                "network",
                JSONValue(members: [
                    ("hosts", .array(hosts.map(JSONValue.string))), ("asked", network),
                ])
            ),
            ("masked_host", maskedHost.map(JSONValue.string)),
        ])
    }
}

/// A sandbox of the E2B interface.
struct E2BSandbox: Sendable {
    var record: LiveRecord
    var note: E2BNote

    init?(_ record: LiveRecord) {
        guard let note = E2BNote(record.note) else { return nil }
        self.record = record
        self.note = note
    }

    var identifier: String { record.identifier }

    /// The version of the data plane whose features are here.
    static let dataPlaneVersion = "0.6.3"

    /// What create, connect and resume answer.
    var created: JSONValue {
        JSONValue(members: [
            ("templateID", .string(note.template)), ("sandboxID", .string(identifier)),
            ("clientID", .string("drydock")), ("envdVersion", .string(Self.dataPlaneVersion)),
            ("envdAccessToken", .string(note.accessToken)),
            ("trafficAccessToken", note.trafficToken.map(JSONValue.string) ?? .null),
            ("domain", .null),
        ])
    }

    var listed: JSONValue { JSONValue(members: members) }

    var detail: JSONValue {
        JSONValue(
            members: members + [
                ("envdAccessToken", .string(note.accessToken)), ("domain", .null),
                ("allowInternetAccess", .bool(!note.hosts.isEmpty)),
                ("network", note.network == .null ? JSONValue?.none : note.network),
                (
                    "lifecycle",
                    JSONValue(members: [
                        ("autoResume", .bool(note.resumesOnTraffic)),
                        (
                            "onTimeout",
                            .string(record.specification.pausesAtEnd ? "pause" : "kill")
                        ),
                    ])
                ),
            ])
    }

    private var members: [(String, JSONValue?)] {
        let limits = record.specification.limits
        return [
            ("templateID", .string(note.template)), ("alias", .string(note.template)),
            ("sandboxID", .string(identifier)), ("clientID", .string("drydock")),
            ("startedAt", .string(record.startedAt)),
            (
                "endAt",
                .string(
                    Timestamps.text(
                        milliseconds: record.specification.endsAtMilliseconds ?? 0))
            ),
            ("cpuCount", JSONValue(Int((limits.cpus ?? 1).rounded(.up)))),
            ("memoryMB", JSONValue((limits.memoryBytes ?? 0) >> 20)),
            ("diskSizeMB", JSONValue((limits.diskBytes ?? 0) >> 20)),
            ("metadata", JSONValue(stringMap: note.metadata)),
            ("state", .string(record.isPaused ? "paused" : "running")),
            ("envdVersion", .string(Self.dataPlaneVersion)), ("volumeMounts", .array([])),
        ]
    }
}
