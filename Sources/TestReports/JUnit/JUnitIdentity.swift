/// Makes ids of class names and names. Many cases share their class, so what follows from it is
/// kept, and a case of the same class as the one before costs the text of its id and no other.
struct JUnitIdentity {
    private struct Key: Hashable {
        var className: String
        var file: String?
        var suites: [String]
    }

    private struct Prefix {
        var text: [UInt8]
        var file: String?
    }

    private let files: Set<String>
    private var prefixes: [Key: Prefix] = [:]
    /// A report with more classes than this begins to remember anew.
    private let rememberedClasses = 10_000

    /// Of the case before, as it was written; `nil` where the suites around it count as well.
    private var lastClass: [UInt8]?
    private var lastFile: [UInt8]?
    private var last = Prefix(text: [])

    init(files: Set<String>) {
        self.files = files
    }

    /// - Parameter tag: the start of the case, a range of `bytes`.
    mutating func identify(
        _ tag: XMLTag, in bytes: Span<UInt8>, suites: [String], dialect: JUnitDialect
    ) -> (id: String, file: String?) {
        let name = bytes.extracting(tag.value(.name) ?? 0..<0)
        let className = bytes.extracting(tag.value(.className) ?? tag.value(.phpClass) ?? 0..<0)
        // pytest: a module that cannot be collected is `classname="" name="tests.test_a"`.
        if dialect == .pytest, className.isEmpty {
            let module = PytestIdentity.module(
                className: XMLText.decode(name), file: tag.string(.file, in: bytes), files: files)
            return (module.path, module.path)
        }
        // jest-junit writes the full title into both by default.
        if dialect == .jest || dialect == .generic, className.equals(name) {
            return (XMLText.decode(name), tag.string(.file, in: bytes))
        }
        choosePrefix(className, tag, in: bytes, suites: suites, dialect: dialect)
        return (XMLText.decode(name, after: last.text), last.file)
    }

    private mutating func choosePrefix(
        _ className: Span<UInt8>, _ tag: XMLTag, in bytes: Span<UInt8>, suites: [String],
        dialect: JUnitDialect
    ) {
        let file = tag.value(.file)
        if let lastClass, className.equals(lastClass.span) {
            switch (file, lastFile) {
            case (nil, nil): return
            case (let file?, let lastFile?)
            where bytes.extracting(file).equals(lastFile.span): return
            default: break
            }
        }
        let key = Key(
            className: XMLText.decode(className), file: tag.string(.file, in: bytes),
            suites: dialect == .node ? suites : [])
        if let known = prefixes[key] {
            last = known
        } else {
            let (text, file) = dialect.prefix(
                className: key.className, file: key.file, suites: suites, files: files)
            last = Prefix(text: Array(text.utf8), file: file)
            if prefixes.count >= rememberedClasses { prefixes.removeAll() }
            prefixes[key] = last
        }
        lastClass = dialect == .node ? nil : Array(copying: className)
        lastFile = file.map { Array(copying: bytes.extracting($0)) }
    }
}
