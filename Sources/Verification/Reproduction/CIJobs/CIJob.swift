package import PolicyFiles

/// A job of a CI system's configuration as far as a sandbox can run it.
package struct CIJob: Sendable, Equatable {
    /// Shell text of all its steps, in order.
    package var script: String
    package var environment: [String: String]
    /// Of the matrix entry that was chosen.
    package var matrix: [String: String]
    /// The container image that the job names.
    package var image: String?
    /// What the job also depends on and could not be carried over, one sentence each.
    package var notCarried: [String]

    /// Reads a job.
    ///
    /// - Parameters:
    ///   - name: the job's key in the file.
    ///   - matrix: entries to choose by, such as `python: "3.11"`; the first combination that has
    ///     them all is taken.
    /// - Throws: `PolicyFileError` or `ReproError`.
    package static func read(
        _ file: PolicyText, job name: String, matrix: [String: String] = [:]
    ) throws -> CIJob {
        let root = try YAMLReader.read(file, dialect: .pipeline)
        if root["jobs"]?.entries != nil {
            return try GitHubJob(root: root, file: file.name).job(name, matrix: matrix)
        }
        return try GitLabJob(root: root, file: file.name).job(name, matrix: matrix)
    }
}

/// Collects what could not be carried over, each thing once.
struct Omissions {
    private(set) var all: [String] = []

    mutating func note(_ text: String) {
        if !all.contains(text) { all.append(text) }
    }
}

extension PolicyNode {
    subscript(key: String) -> PolicyNode? { entries?.first { $0.key == key }?.value }

    var entries: [Entry]? {
        guard case .mapping(let entries) = content else { return nil }
        return entries
    }

    var items: [PolicyNode]? {
        guard case .sequence(let items) = content else { return nil }
        return items
    }

    var text: String? {
        guard case .scalar(let text, _) = content, !isNull else { return nil }
        return text
    }

    /// A mapping of names to scalars.
    var texts: [String: String] {
        var texts: [String: String] = [:]
        for entry in entries ?? [] {
            if let text = entry.value.text { texts[entry.key] = text }
        }
        return texts
    }

    /// One text, or a list of them, lists within lists included.
    var lines: [String] {
        if let text { return [text] }
        return items?.flatMap(\.lines) ?? []
    }
}

/// The combinations of a matrix: the product of its axes, without those that are excluded.
struct JobMatrix {
    var axes: [(name: String, values: [String])]
    var excluded: [[String: String]] = []
    var included: [[String: String]] = []

    /// A product of the sizes that files may state would not end.
    private static let combinationsMax = 10_000

    var combinations: [[String: String]] {
        var result: [[String: String]] = [[:]]
        for axis in axes {
            result = result.flatMap { entry in
                axis.values.map { entry.merging([axis.name: $0]) { $1 } }
            }
            if result.count > Self.combinationsMax { break }
        }
        if axes.isEmpty { result = [] }
        result.removeAll { entry in
            excluded.contains { $0.allSatisfy { entry[$0.key] == $0.value } }
        }
        let names = Set(axes.map(\.name))
        for extra in included {
            let shared = extra.filter { names.contains($0.key) }
            var isNew = true
            for index in result.indices
            where shared.allSatisfy({ result[index][$0.key] == $0.value }) {
                result[index].merge(extra) { $1 }
                isNew = false
            }
            if isNew { result.append(extra) }
        }
        return result
    }

    func chosen(_ wanted: [String: String], file: String) throws(ReproError) -> [String: String] {
        let all = combinations
        guard !wanted.isEmpty else { return all.first ?? [:] }
        if let found = all.first(where: { entry in wanted.allSatisfy { entry[$0.key] == $0.value } }
        ) {
            return found
        }
        let known = all.prefix(6).map { entry in
            entry.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }.joined(separator: " ")
        }
        throw ReproError(
            file, "its matrix has no such combination",
            remedy: known.isEmpty
                ? "leave --matrix away"
                : "choose one of: "
                    + known.joined(separator: "; "))
    }
}
