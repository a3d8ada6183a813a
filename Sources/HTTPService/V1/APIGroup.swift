/// Operations on one kind of thing. Adding some is one file and one line in `APICatalog.all`.
protocol APIGroup: Sendable {
    static var operations: [APIOperation] { get }
}

/// The whole Drydock API, sorted by name.
enum APICatalog {
    static let all: [any APIGroup.Type] = [
        ApprovalOperations.self,
        EventOperations.self,
        IncidentOperations.self,
        JobOperations.self,
        RepositoryOperations.self,
        SessionOperations.self,
        WebhookOperations.self,
        WorkOperations.self,
    ]

    static var operations: [APIOperation] { all.flatMap { $0.operations } }
}
