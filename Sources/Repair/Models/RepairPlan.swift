internal import JSONText

/// What is to be done, before anything is.
package struct RepairPlan: Sendable, Equatable {
    package struct Step: Sendable, Equatable {
        package var path: String
        package var change: String
        package var isNew: Bool
    }

    package var hypothesis: String
    package var steps: [Step]
    package var givesUp: String?

    static let schemaText = """
        {"type":"object","additionalProperties":false,
         "required":["hypothesis","steps","gives_up_because"],
         "properties":{
          "hypothesis":{"type":"string","description":"what the cause is, in one or two sentences"},
          "steps":{"type":"array","description":"one entry per file, as few as can be",
           "items":{"type":"object","additionalProperties":false,
            "required":["path","change","is_new_file"],
            "properties":{
             "path":{"type":"string","description":"relative to the repository's root"},
             "change":{"type":"string","description":"what is changed there and why"},
             "is_new_file":{"type":"boolean"}}}},
          "gives_up_because":{"type":["string","null"],
           "description":"null, or why no change of this repository can repair it"}}}
        """

    init(_ value: JSONValue) {
        hypothesis = value["hypothesis"]?.stringValue ?? ""
        givesUp = value["gives_up_because"]?.stringValue.flatMap { $0.isEmpty ? nil : $0 }
        steps = (value["steps"]?.arrayValue ?? []).map { step in
            Step(
                path: step["path"]?.stringValue ?? "", change: step["change"]?.stringValue ?? "",
                isNew: step["is_new_file"]?.boolValue ?? false)
        }
    }

    /// What stands against the plan; empty when it may be carried out.
    func objections(files: Set<String>, scope: RepairScope, fileLimit: Int) -> [String] {
        guard givesUp == nil else { return [] }
        var found: [String] = []
        if hypothesis.isEmpty { found.append("the hypothesis is empty") }
        if steps.isEmpty { found.append("there are no steps") }
        if steps.count > fileLimit {
            found.append("\(steps.count) files are named, at most \(fileLimit) may be")
        }
        for step in steps {
            if !WorkspacePath.isPlain(step.path) {
                found.append("\(step.path) is no path relative to the root")
            } else if !scope.permits(step.path) {
                found.append(
                    "\(step.path) must not be changed: it is a test, judges the change, or is out of scope"
                )
            } else if SecretShapes.isSecretFile(step.path) {
                found.append("\(step.path) holds secrets and is not changed")
            } else if step.isNew == files.contains(step.path) {
                found.append(
                    "\(step.path) "
                        + (step.isNew ? "exists already" : "does not exist; is_new_file says false")
                )
            }
        }
        return found
    }

    var text: String {
        ([hypothesis] + steps.map { "- \($0.path)\($0.isNew ? " (new)" : ""): \($0.change)" })
            .joined(separator: "\n")
    }
}

enum WorkspacePath {
    /// Relative, without a way out, not git's own.
    static func isPlain(_ path: String) -> Bool {
        let parts = path.split(separator: "/", omittingEmptySubsequences: false)
        return !path.isEmpty && path.utf8.count <= 1_024 && !path.utf8.contains(0)
            && !path.contains("\\") && !path.contains("\n")
            && parts.allSatisfy {
                !$0.isEmpty && $0 != "." && $0 != ".." && $0.lowercased() != ".git"
            }
    }
}
