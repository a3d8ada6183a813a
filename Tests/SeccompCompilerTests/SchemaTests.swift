import Foundation
import PolicyFiles
import SeccompCompiler
import Testing

/// The JSON Schemas (for editors, and for checking files without Drydock) know the same keys as the
/// types that read the files.
@Suite struct SchemaTests {
    private static func keys<Keys: CodingKey & CaseIterable>(_ keys: Keys.Type) -> Set<String> {
        Set(keys.allCases.map(\.stringValue))
    }

    /// Schema, the place in it (property names; a list's items count as the list), and the keys.
    static let places: [(schema: String, path: String, keys: Set<String>)] = [
        ("seccomp-policy", "", keys(SeccompPolicy.CodingKeys.self)),
        ("seccomp-policy", "remove", keys(SeccompPolicy.Removal.CodingKeys.self)),
        ("seccomp-policy", "allow", keys(SeccompPolicy.AllowGroup.CodingKeys.self)),
        ("seccomp-policy", "deny", keys(SeccompPolicy.DenyRule.CodingKeys.self)),
        ("seccomp-policy", "check", keys(SeccompPolicy.CheckRule.CodingKeys.self)),
        ("seccomp-policy", "check.when", keys(ArgumentTest.CodingKeys.self)),
        ("sandbox-profile", "", keys(SandboxProfileDocument.CodingKeys.self)),
        ("sandbox-profile", "files", keys(SandboxProfileDocument.FileSystem.CodingKeys.self)),
        ("sandbox-profile", "limits", keys(LimitsSection.CodingKeys.self)),
        ("project-configuration", "", keys(ProjectConfiguration.CodingKeys.self)),
        ("project-configuration", "sandbox", keys(SandboxSection.CodingKeys.self)),
        ("project-configuration", "setup", keys(SetupStep.CodingKeys.self)),
        ("project-configuration", "test", keys(TestSection.CodingKeys.self)),
        ("project-configuration", "gate", keys(GateSection.CodingKeys.self)),
        ("project-configuration", "heal", keys(HealSection.CodingKeys.self)),
        ("project-configuration", "heal.budget", keys(HealSection.Budget.CodingKeys.self)),
        ("project-configuration", "heal.phases", keys(HealSection.Phases.CodingKeys.self)),
        ("project-configuration", "models", keys(ProjectModelsSection.CodingKeys.self)),
        ("operator-configuration", "models", keys(ModelsSection.CodingKeys.self)),
        ("operator-configuration", "models.ladder", keys(ModelEntry.CodingKeys.self)),
        ("operator-configuration", "models.limits", keys(ModelLimitsSection.CodingKeys.self)),
        ("project-configuration", "projects", keys(SubprojectSection.CodingKeys.self)),
        ("project-configuration", "observability", keys(ObservabilitySection.CodingKeys.self)),
        ("operator-configuration", "", keys(OperatorConfiguration.CodingKeys.self)),
        ("operator-configuration", "notifications", keys(NotificationSection.CodingKeys.self)),
        (
            "operator-configuration", "notifications.mail",
            keys(NotificationSection.Mail.CodingKeys.self)
        ),
        ("operator-configuration", "remotes", keys(RemoteSection.CodingKeys.self)),
        ("operator-configuration", "observability", keys(ObservabilitySection.CodingKeys.self)),
        ("operator-configuration", "allow", keys(Allowance.CodingKeys.self)),
        ("operator-configuration", "repositories", keys(RepositoryAllowance.CodingKeys.self)),
    ]

    @Test(arguments: places.indices)
    func schemasNameTheKeysThatAreRead(index: Int) throws {
        let (schema, path, keys) = Self.places[index]
        var node = try document(schema)
        for name in path.split(separator: ".") {
            let properties = try #require(node["properties"] as? [String: Any])
            node = try #require(properties[String(name)] as? [String: Any])
            if let items = node["items"] as? [String: Any] { node = items }
        }
        let properties = try #require(node["properties"] as? [String: Any])
        #expect(Set(properties.keys) == keys, "\(schema) \(path)")
        #expect(node["additionalProperties"] as? Bool == false)
    }

    @Test func schemasListTheErrnosAndStyles() throws {
        let text = try String(
            contentsOfFile: policyDirectory + "/schema/seccomp-policy.json", encoding: .utf8)
        for name in ErrnoName.allCases.map(\.rawValue) + ArgumentStyle.allCases.map(\.rawValue) {
            #expect(text.contains("\"\(name)\""))
        }
    }

    private func document(_ name: String) throws -> [String: Any] {
        let path = policyDirectory + "/schema/\(name).json"
        let data = try Data(contentsOf: URL(fileURLWithPath: path))
        return try #require(try JSONSerialization.jsonObject(with: data) as? [String: Any])
    }
}
