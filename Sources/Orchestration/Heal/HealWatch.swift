package import JSONText

/// Told of what an incident's own events do not say: what models answered, which tools were called,
/// what ran in sandboxes. For telemetry; nothing follows from it.
package struct HealWatch: Sendable {
    /// One command in a sandbox.
    package struct SandboxRun: Sendable, Equatable {
        /// As in `CommandRequest.role`.
        package var role: String
        package var outcome: String
        /// The command's own time; `nil` where it was not measured.
        package var wallMilliseconds: Double?
        /// From being asked to having the result: set-up and what is collected included.
        package var totalMilliseconds: Double
    }

    /// `kind` and `payload` as in the transcript.
    package var model:
        @Sendable (_ incident: String, _ kind: String, _ payload: JSONValue) async -> Void
    /// `incident` is `nil` as long as there is none: while it is found out what is red.
    package var sandbox: @Sendable (_ incident: String?, _ run: SandboxRun) async -> Void
    /// What a person who watches should know at once, such as a budget that runs low.
    package var warn: @Sendable (_ text: String) async -> Void = { _ in }
    /// The `TRACEPARENT` of what is started for an incident and may have spans of its own.
    package var traceParent: @Sendable (_ incident: String) async -> String? = { _ in nil }

    package init(
        model: @escaping @Sendable (String, String, JSONValue) async -> Void = { _, _, _ in },
        sandbox: @escaping @Sendable (String?, SandboxRun) async -> Void = { _, _ in }
    ) {
        self.model = model
        self.sandbox = sandbox
    }
}
