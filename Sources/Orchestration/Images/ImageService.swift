internal import Foundation
package import Images
internal import LinuxKernel
internal import RunModel
package import Sandboxing
internal import WorktreeLookup

/// Builds, imports and finds the root file systems of sandboxes.
package struct ImageService {
    package let store: ImageStore
    package let recipes: RecipeLibrary
    private let environment: [String: String]

    /// What an imported image may take on disk.
    package static let standardByteLimit: Int64 = 16 << 30

    /// - Parameter store: the cache's own when `nil`.
    package init(
        environment: [String: String] = ProcessInfo.processInfo.environment,
        store: ImageStore? = nil
    ) throws {
        guard let layout = CacheLayout.standard() else {
            throw PortError(
                operation: "finding", subject: "the image store",
                reason: "neither XDG_CACHE_HOME nor HOME is set", remedy: "Set HOME")
        }
        let executable = FileKind.linkTarget("/proc/self/exe") ?? CommandLine.arguments[0]
        guard let recipes = RecipeLibrary.belonging(to: executable) else {
            throw PortError(
                operation: "finding", subject: "the image recipes",
                reason: "there is no share/drydock/Containers above \(executable)",
                remedy: "Install Drydock again")
        }
        self.store = store ?? ImageStore(root: layout.root + "/images")
        self.recipes = recipes
        self.environment = environment
    }

    /// A root to start a sandbox on; nothing removes it as long as this lives.
    package struct Resolved: ~Copyable, Sendable {
        package let root: RootFileSystem
        /// Set by the image's configuration, below what the caller sets.
        package let environment: [String: String]
        private let held: ImageStore.Held?

        fileprivate init(
            root: RootFileSystem, environment: [String: String], held: consuming ImageStore.Held?
        ) {
            self.root = root
            self.environment = environment
            self.held = held
        }
    }

    /// Finds what `--image` names; a layout or an archive is imported on first use.
    package func resolve(_ text: String) throws -> Resolved {
        switch try ImageSource(text) {
        case .host: return Resolved(root: .host, environment: [:], held: nil)
        case .directory(let path):
            return Resolved(root: .directory(path), environment: [:], held: nil)
        case .name(let name): return try use(try record(named: name))
        case .layout(let path): return try use(importImage(path, isLayout: true, name: nil))
        case .archive(let path): return try use(importImage(path, isLayout: false, name: nil))
        }
    }

    private func record(named name: String) throws -> ImageRecord {
        if recipes.names.contains(name) {
            let key = try key(of: recipes.recipe(named: name))
            if let record = store.find(name, key: key) { return record }
            throw PortError(
                operation: "using", subject: "the image \(name)",
                reason: store.find(name) == nil
                    ? "it is not built" : "it was built from an older recipe",
                remedy: "Run 'drydock image build \(name)'")
        }
        if let record = store.find(name) { return record }
        // Says which recipes there are.
        _ = try recipes.recipe(named: name)
        preconditionFailure("a recipe is known by its name")
    }

    private func use(_ record: ImageRecord) throws -> Resolved {
        guard let held = store.hold(record) else {
            throw PortError(
                operation: "using", subject: "the image \(record.name)",
                reason: "it is being removed",
                remedy: "Build or import it again")
        }
        var values: [String: String] = [:]
        for variable in record.environment {
            let parts = variable.split(
                separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            values[String(parts[0])] = String(parts[1])
        }
        let path = held.path
        return Resolved(root: .directory(path), environment: values, held: held)
    }

    /// Whether an image is what its recipe says today.
    package func isCurrent(_ record: ImageRecord) -> Bool {
        guard record.source == .recipe else { return true }
        guard let recipe = try? recipes.recipe(named: record.name) else { return false }
        return (try? key(of: recipe)) == record.key
    }

    private func key(of recipe: ImageRecipe) throws(PortError) -> String {
        let builder = try DebianImageBuilder()
        return recipe.key(suite: builder.suite, architecture: builder.architecture)
    }

    /// Builds an image, unless it is there.
    ///
    /// - Parameter refreshes: whether it is built in any case, with today's packages.
    package func build(_ name: String, refreshes: Bool) throws -> ImageRecord {
        let recipe = try recipes.recipe(named: name)
        let key = try key(of: recipe)
        if !refreshes, let record = store.find(name, key: key) { return record }
        let making = try store.beginMaking()
        defer { store.discard(making) }
        try DebianImageBuilder().build(recipe, in: making)
        return try store.publish(
            making, name: name, source: .recipe, key: key, environment: [], builtAt: Self.now)
    }

    /// Unpacks an OCI layout or an archive, unless that is done already.
    ///
    /// - Parameters:
    ///   - name: what the image is called from now on; by its content when `nil`.
    ///   - tag: which of the images in it; needed where there are several.
    package func importImage(
        _ path: String, isLayout: Bool, name: String?, tag: String? = nil,
        byteLimit: Int64 = standardByteLimit
    ) throws -> ImageRecord {
        let key = try ImageSource.contentKey(of: path, isLayout: isLayout)
        let name = name ?? "import"
        guard name.wholeMatch(of: #/[a-z0-9][a-z0-9_-]{0,63}/#) != nil,
            name == "import" || !recipes.names.contains(name), name != "host"
        else {
            throw PortError(
                operation: "importing", subject: "an image as \(name)",
                reason: "the name is taken, or has other characters than a-z, 0-9, - and _",
                remedy: "Choose another --name")
        }
        if let record = store.find(name, key: key) { return record }
        let making = try store.beginMaking()
        defer { store.discard(making) }
        let unpacked = try ImageImport(environment: environment).unpack(
            path, isLayout: isLayout, tag: tag, in: making, byteLimit: byteLimit)
        return try store.publish(
            making, name: name, source: .imported, key: key, environment: unpacked,
            builtAt: Self.now)
    }

    private static var now: String { Date().formatted(.iso8601) }
}
