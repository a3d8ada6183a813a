internal import Foundation
internal import JSONText
package import RunModel

/// Names inside a bundle.
package enum BundleLayout {
    package static let manifest = "manifest.json"
    package static let standardOutput = "logs/stdout"
    package static let standardError = "logs/stderr"
    package static let tree = "tree/"
    package static let reports = "reports/"
    /// Recorded answers of the network: the folder that `--net-record` writes.
    package static let answers = "answers/"
    /// The last member: the SHA-256 of everything before it.
    package static let digest = "sha256"
}

/// A bundle that was opened: whole, of a known version, and with members of the known kinds only.
package struct ReproBundle {
    package let manifest: ReproManifest
    private let reader: TarReader
    private let files: [Tar.Member]
    private let others: [String: Tar.Member]

    private static let manifestBytesMax = 16 << 20
    /// A file of a tree is held in memory while it is written.
    static let fileBytesMax = 256 << 20

    package init(path: String) throws(ReproError) {
        let reader = try TarReader(path: path)
        guard let first = reader.members.first, first.name == BundleLayout.manifest,
            first.link == nil, first.sizeBytes <= Self.manifestBytesMax
        else {
            throw ReproError(
                path, "it does not begin with \(BundleLayout.manifest)",
                remedy: "it is no bundle of Drydock's; get it again")
        }
        manifest = try Self.manifest(reader.content(first), path: path)
        try manifest.check(in: path)
        var files: [Tar.Member] = []
        var others: [String: Tar.Member] = [:]
        for member in reader.members.dropFirst() {
            guard member.sizeBytes <= Self.fileBytesMax else {
                throw ReproError(
                    "\(member.name) of \(path)", "it has \(member.sizeBytes >> 20) MiB",
                    remedy: "files of a bundle have at most \(Self.fileBytesMax >> 20) MiB")
            }
            if member.name.hasPrefix(BundleLayout.tree) {
                files.append(member)
            } else if member.link == nil, Self.isKnown(member.name) {
                others[member.name] = member
            } else {
                throw ReproError(
                    "\(member.name.prefix(200)) of \(path)", "no bundle has such a member",
                    remedy: "it is no bundle of Drydock's; get it again")
            }
        }
        self.reader = reader
        self.files = files
        self.others = others
    }

    private static func isKnown(_ name: String) -> Bool {
        name == BundleLayout.standardOutput || name == BundleLayout.standardError
            || name.hasPrefix(BundleLayout.reports) || name.hasPrefix(BundleLayout.answers)
    }

    /// The version is read first: a later one may have other members.
    private static func manifest(
        _ bytes: [UInt8], path: String
    ) throws(ReproError) -> ReproManifest {
        let subject = "\(BundleLayout.manifest) of \(path)"
        do {
            let document = try JSONValue(parsing: bytes)
            guard document["schema"]?.stringValue == ReproManifest.schema else {
                throw ReproError(
                    path,
                    "it is a bundle of version "
                        + (document["schema"]?.stringValue?.prefix(80).description ?? "none"),
                    remedy: "this Drydock reads \(ReproManifest.schema); use the one that wrote it")
            }
            return try JSONDecoder().decode(ReproManifest.self, from: Data(bytes))
        } catch let error as ReproError {
            throw error
        } catch let error as JSONSyntaxError {
            throw ReproError(subject, "\(error)", remedy: "get the bundle again")
        } catch let error as DecodingError {
            throw ReproError(
                subject, "it lacks something: \(error)", remedy: "get the bundle again")
        } catch {
            throw ReproError(subject, "\(error)", remedy: "get the bundle again")
        }
    }

    /// A recorded stream.
    package func log(_ name: String) throws(ReproError) -> [UInt8] {
        guard let member = others[name] else { return [] }
        return try reader.content(member)
    }

    /// Writes the tree's files into a repository, some at a time.
    ///
    /// - Parameter empty: the id of the empty tree there.
    /// - Returns: the tree's id, which is the manifest's.
    package func writeTree(
        into repository: any TreeReader, empty: String
    ) async throws -> String {
        var tree = empty
        var edits: [TreeEdit] = []
        var bytes = 0
        for member in files {
            let path = String(member.name.dropFirst(BundleLayout.tree.count))
            let content = try member.link.map { Array($0.utf8) } ?? reader.content(member)
            let mode: UInt32 =
                member.link != nil ? 0o120000 : member.mode & 0o100 == 0 ? 0o100644 : 0o100755
            edits.append(TreeEdit(path: path, content: content, mode: mode))
            bytes += content.count
            if bytes > 32 << 20 || edits.count >= 1000 {
                tree = try await repository.writeTree(base: tree, edits: edits)
                edits = []
                bytes = 0
            }
        }
        if !edits.isEmpty { tree = try await repository.writeTree(base: tree, edits: edits) }
        guard tree == manifest.tree else {
            throw ReproError(
                "the files of the bundle",
                "they make the tree \(tree), and the manifest says "
                    + manifest.tree, remedy: "get the bundle again")
        }
        return tree
    }

    /// The recorded answers of the network, by path below `answers/`.
    package func answers() throws(ReproError) -> [(path: String, content: [UInt8])] {
        var answers: [(path: String, content: [UInt8])] = []
        for (name, member) in others.sorted(by: { $0.key < $1.key })
        where name.hasPrefix(BundleLayout.answers) {
            let path = String(name.dropFirst(BundleLayout.answers.count))
            answers.append((path, try reader.content(member)))
        }
        return answers
    }
}

extension ReproManifest {
    /// As the bundle's first member.
    package func encoded() throws -> [UInt8] {
        Array((try JSONTextEncoder.encode(self, layout: .indented) + "\n").utf8)
    }
}
