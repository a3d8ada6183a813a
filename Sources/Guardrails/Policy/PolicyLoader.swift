internal import Digests
internal import Glibc
internal import GuardrailPolicies
package import PolicyFiles
internal import RunModel

/// Makes policies from YAML, checked whole: a policy that says something the gate does not
/// understand is no policy.
package enum PolicyLoader {
    /// Names of the policies that come with Drydock.
    package static var shippedNames: [String] { ShippedPolicies.all.map(\.name) }

    /// Paths whose change is a change of policy, in every repository.
    package static let policyPaths = ["/drydock.yaml", "/.drydock/**"]

    /// What somebody named: a shipped policy first, then a file.
    package static func named(_ name: String) throws(PolicyFileError) -> GatePolicy {
        if shippedNames.contains(name) { return try shipped(name) }
        // Without a slash or a dot it was hardly meant as a path.
        guard name.contains(where: { "./".contains($0) }) || access(name, F_OK) == 0 else {
            return try load(shippedText(name), source: name)
        }
        return try load(PolicyText(path: name), source: name)
    }

    package static func shipped(_ name: String) throws(PolicyFileError) -> GatePolicy {
        try load(shippedText(name), source: name)
    }

    /// - Parameter source: how reports name the policy, such as `default` or `base:policy.yaml`.
    package static func load(
        _ text: PolicyText, source: String
    ) throws(PolicyFileError) -> GatePolicy {
        let document = try PolicyDecoder.decode(PolicyDocument.self, from: text)
        guard document.version == 1 else {
            throw problem(text, "version", "\(document.version) is not a version", "write 1")
        }
        var digest = DigestBuilder()
        var policy = GatePolicy.empty
        if let parent = document.extends {
            let parentText = try shippedText(parent, namedIn: text)
            let parentDocument = try PolicyDecoder.decode(PolicyDocument.self, from: parentText)
            if let grandparent = parentDocument.extends {
                let grandparentText = try shippedText(grandparent, namedIn: parentText)
                try PolicyComposer(file: grandparent).apply(
                    PolicyDecoder.decode(PolicyDocument.self, from: grandparentText), to: &policy)
                digest.add(field: grandparentText.text)
            }
            try PolicyComposer(file: parent).apply(parentDocument, to: &policy)
            digest.add(field: parentText.text)
        }
        try PolicyComposer(file: text.name).apply(document, to: &policy)
        digest.add(field: text.text)
        policy.identity = PolicyIdentity(
            source: source, digest: "sha256:" + digest.finish().hexadecimal)
        return policy
    }

    private static func shippedText(
        _ name: String, namedIn text: PolicyText? = nil
    ) throws(PolicyFileError) -> PolicyText {
        guard let policy = ShippedPolicies.all.first(where: { $0.name == name }) else {
            let nearest = nearestName(to: name, among: shippedNames)
            throw PolicyFileError(
                file: text?.name ?? name, location: nil, entry: text == nil ? "" : "extends",
                problem: "\"\(name.prefix(80))\" is not a policy that comes with Drydock: "
                    + shippedNames.joined(separator: ", "),
                remedy: nearest.map { "did you mean \($0)?" }
                    ?? "a file is named with its path, such as ./policy.yaml")
        }
        return try PolicyText(name: "\(name).yaml", bytes: policy.yaml)
    }

    private static func problem(
        _ text: PolicyText, _ entry: String, _ problem: String, _ remedy: String
    ) -> PolicyFileError {
        PolicyFileError(
            file: text.name, location: nil, entry: entry, problem: problem, remedy: remedy)
    }
}

extension GatePolicy {
    /// Every rule with its own action, nothing protected, no bounds.
    static let empty = GatePolicy(
        identity: PolicyIdentity(source: "", digest: ""),
        policyPaths: PolicyLoader.policyPaths.compactMap { PathGlob($0) })
}
