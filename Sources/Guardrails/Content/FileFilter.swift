/// Which files a content pattern looks at.
package struct FileFilter: Sendable {
    /// Lower-case extensions without the dot; empty for every extension.
    package var extensions: Set<String>
    /// Lower-case file names that count besides the extensions.
    package var names: Set<String>
    /// Files with one of these traits count besides the extensions.
    package var traits: PathTraits
    /// Only files with one of these traits, when not empty.
    package var requiring: PathTraits
    /// No file with one of these traits.
    package var excluding: PathTraits

    package init(
        extensions: Set<String> = [], names: Set<String> = [], traits: PathTraits = [],
        requiring: PathTraits = [], excluding: PathTraits = []
    ) {
        self.extensions = extensions
        self.names = names
        self.traits = traits
        self.requiring = requiring
        self.excluding = excluding
    }

    package func accepts(_ file: ChangedFile) -> Bool {
        accepts(path: file.path, traits: file.traits)
    }

    package func accepts(path: String, traits: PathTraits) -> Bool {
        if !requiring.isEmpty, traits.isDisjoint(with: requiring) { return false }
        if !traits.isDisjoint(with: excluding) { return false }
        if extensions.isEmpty && names.isEmpty && self.traits.isEmpty { return true }
        if !traits.isDisjoint(with: self.traits) { return true }
        let name = PathName(path)
        return extensions.contains(name.fileExtension) || names.contains(name.lowered)
    }

    package func excluding(_ traits: PathTraits) -> FileFilter {
        var filter = self
        filter.excluding.formUnion(traits)
        return filter
    }

    package func union(_ other: FileFilter) -> FileFilter {
        var filter = self
        filter.extensions.formUnion(other.extensions)
        filter.names.formUnion(other.names)
        filter.traits.formUnion(other.traits)
        return filter
    }
}

/// The last component of a path, in lower case, and its extension.
package struct PathName: Sendable {
    package let lowered: String
    /// Without the dot; empty when there is none.
    package let fileExtension: String

    package init(_ path: String) {
        let name = (path.split(separator: "/").last.map(String.init) ?? path).lowercased()
        let dot = name.lastIndex(of: ".")
        lowered = name
        fileExtension = dot.map { String(name[name.index(after: $0)...]) } ?? ""
    }
}

extension FileFilter {
    package static let any = FileFilter()
    package static let python = FileFilter(extensions: ["py", "pyi", "pyx"])
    package static let javaScript = FileFilter(
        extensions: ["js", "jsx", "mjs", "cjs", "ts", "tsx", "mts", "cts", "vue", "svelte"])
    package static let go = FileFilter(extensions: ["go"])
    package static let rust = FileFilter(extensions: ["rs"])
    package static let java = FileFilter(extensions: ["java", "kt", "kts", "scala", "groovy"])
    package static let cFamily = FileFilter(
        extensions: ["c", "h", "cc", "cpp", "cxx", "hpp", "hh", "m", "mm"])
    package static let cSharp = FileFilter(extensions: ["cs"])
    package static let ruby = FileFilter(extensions: ["rb", "rake", "erb"], names: ["rakefile"])
    package static let php = FileFilter(extensions: ["php", "phtml"])
    package static let swift = FileFilter(extensions: ["swift"])
    package static let shell = FileFilter(
        extensions: ["sh", "bash", "zsh", "ksh", "bats"],
        names: [".bashrc", ".profile", "configure"])
    package static let yaml = FileFilter(extensions: ["yml", "yaml"])
    package static let makefile = FileFilter(
        extensions: ["mk"], names: ["makefile", "gnumakefile", "justfile"])
    package static let dockerfile = FileFilter(
        extensions: ["dockerfile", "containerfile"], names: ["dockerfile", "containerfile"],
        traits: .container)
    package static let terraform = FileFilter(extensions: ["tf", "tfvars", "hcl"])

    /// Languages whose line comments begin with two slashes.
    package static let slashCommented = javaScript.union(go).union(rust).union(java)
        .union(cFamily).union(cSharp).union(swift).union(php).union(terraform)

    /// Source code of the languages above.
    package static let sourceCode = python.union(javaScript).union(go).union(rust).union(java)
        .union(cFamily).union(cSharp).union(ruby).union(php).union(swift).union(shell)
    /// Text that a shell runs, wherever it is written.
    package static let shellLike = shell.union(makefile).union(dockerfile).union(yaml)
        .union(FileFilter(names: ["jenkinsfile", "procfile"]))
}
