package import JSONText
internal import RunModel

/// The published documents: `schema` and the value type that is written.
package enum DocumentCatalog {
    package struct Entry: Sendable {
        /// As in the document's `schema`, such as `drydock.run/v1`.
        package let schema: String
        package let title: String
        let type: any (Decodable & Sendable).Type

        /// The name of its file in docs/reference/schemas.
        package var fileName: String {
            schema.dropFirst("drydock.".count).map { $0 == "/" ? "." : String($0) }.joined()
                + ".json"
        }

        /// The JSON Schema (draft 2020-12) of the document: every key is always there, what is not
        /// known is `null`, and there are no others.
        package func jsonSchema() throws -> JSONValue {
            let shape = try Shape(of: type)
            guard case .object(var members) = shape.jsonSchema else { return shape.jsonSchema }
            members = members.map { member in
                guard member.name == "properties", case .object(let properties) = member.value
                else { return member }
                return .init(
                    "properties",
                    .object(
                        properties.map {
                            $0.name == "schema"
                                ? .init("schema", .object([.init("const", .string(schema))])) : $0
                        }))
            }
            return .object(
                [
                    .init("$schema", .string("https://json-schema.org/draft/2020-12/schema")),
                    .init("title", .string("\(schema): \(title)")),
                ] + members)
        }
    }

    /// Sorted by schema.
    package static let all: [Entry] = [
        Entry(
            schema: "drydock.doctor/v1", title: "what this host can enforce",
            type: DoctorReport.self),
        Entry(
            schema: "drydock.gate/v1", title: "what the guardrails say of a change",
            type: GateReport.self),
        Entry(
            schema: "drydock.heal/v1", title: "what became of a regression",
            type: HealReport.self),
        Entry(
            schema: "drydock.images/v1", title: "root file systems for sandboxes",
            type: ImageListing.self),
        Entry(
            schema: "drydock.key/v1", title: "a new key to the service", type: NewKey.self),
        Entry(
            schema: "drydock.keys/v1", title: "who may use the service", type: KeyListing.self),
        Entry(
            schema: "drydock.repro/v1", title: "what a recording or a replay came to",
            type: ReproReport.self),
        Entry(
            schema: "drydock.run/v1", title: "everything that is known of one run",
            type: RunReport.self),
        Entry(
            schema: "drydock.runs/v1", title: "incidents, runs and kept worktrees",
            type: RunsListing.self),
        Entry(
            schema: "drydock.triage/v1", title: "which tests broke, since when and because of what",
            type: TriageReport.self),
        Entry(
            schema: "drydock.verify/v1", title: "whether a change fixes what it claims",
            type: VerificationReport.self),
    ]
}
