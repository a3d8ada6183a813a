internal import Digests
internal import Foundation
package import RunModel

/// What an image is made of: Debian packages, with those of `base`.
package struct ImageRecipe: Sendable, Equatable {
    package let name: String
    /// Sorted, without repetition.
    package let packages: [String]

    /// Identifies what the recipe asks for on one release and architecture, not what Debian
    /// answered: `drydock image build --refresh` takes newer packages under the same key.
    ///
    /// - Parameters:
    ///   - suite: Debian's code name, such as `bookworm`.
    ///   - architecture: as Debian spells it, such as `amd64`.
    package func key(suite: String, architecture: String) -> String {
        var digest = DigestBuilder()
        for field in ["debian", suite, architecture] + packages { digest.add(field: field) }
        return String(digest.finish().hexadecimal.prefix(16))
    }
}

/// The recipes of `Containers/`: one folder an image, with a file `packages`.
package struct RecipeLibrary: Sendable {
    package let root: String

    package init(root: String) { self.root = root }

    /// The library that belongs to an executable: `share/drydock/Containers` of the same prefix, or
    /// `Containers` of the source tree that it was built in; `nil` when there is neither.
    ///
    /// - Parameter executable: its absolute path, links resolved.
    package static func belonging(to executable: String) -> RecipeLibrary? {
        var directory = executable[...]
        while let slash = directory.lastIndex(of: "/") {
            directory = directory[..<slash]
            for root in ["\(directory)/share/drydock/Containers", "\(directory)/Containers"]
            where FileManager.default.isReadableFile(atPath: root + "/base/packages") {
                return RecipeLibrary(root: root)
            }
        }
        return nil
    }

    /// Names of all recipes, sorted.
    package var names: [String] {
        let folders = (try? FileManager.default.contentsOfDirectory(atPath: root)) ?? []
        return folders.filter {
            FileManager.default.isReadableFile(atPath: "\(root)/\($0)/packages")
        }.sorted()
    }

    package func recipe(named name: String) throws(PortError) -> ImageRecipe {
        guard names.contains(name) else {
            let nearest = nearestName(to: name, among: names).map { "Did you mean \($0)? " } ?? ""
            throw PortError(
                operation: "finding", subject: "the image \(name)",
                reason: "there is no such recipe",
                remedy: "\(nearest)There are: \(names.joined(separator: ", "))")
        }
        let own = try packages(of: name)
        let base = name == "base" ? [] : try packages(of: "base")
        return ImageRecipe(name: name, packages: Set(own + base).sorted())
    }

    private func packages(of name: String) throws(PortError) -> [String] {
        let path = "\(root)/\(name)/packages"
        guard let text = try? String(contentsOfFile: path, encoding: .utf8) else {
            throw PortError(
                operation: "reading", subject: path, reason: "it is no readable text",
                remedy: "Install Drydock again")
        }
        let names = text.split(separator: "\n").compactMap { line in
            line.prefix { $0 != "#" }.split(separator: " ").first.map(String.init)
        }
        let isName = #/[a-z0-9][a-z0-9+.-]+/#
        if let wrong = names.first(where: { $0.wholeMatch(of: isName) == nil }) {
            throw PortError(
                operation: "reading", subject: path, reason: "\"\(wrong)\" is no package name",
                remedy: "Write one Debian package a line, what follows # is a comment")
        }
        return names
    }
}
