/// Who wrote a JUnit file. It decides what a test's id is: as that runner would accept it.
enum JUnitDialect {
    case pytest, surefire, gradle, nextest, jest, node, ctest, swift, phpunit, rspec, generic

    /// What the start of the root or of a suite gives away.
    static func recognise(_ tag: XMLTag, in bytes: Span<UInt8>) -> JUnitDialect? {
        let name = tag.string("name", in: bytes) ?? ""
        if name == "pytest" || name == "pytest tests" { return .pytest }
        if tag.has("xsi:noNamespaceSchemaLocation") || tag.has("xsi:schemaLocation") {
            return .surefire
        }
        if name == "nextest-run" { return .nextest }
        if name == "jest tests" { return .jest }
        if name == "TestResults" { return .swift }
        if name == "rspec" || name.hasPrefix("rspec") { return .rspec }
        if tag.name == "testsuite", tag.has("timestamp"), tag.has("hostname"), tag.has("skipped"),
            tag.has("disabled"), !tag.has("errors")
        {
            return .ctest
        }
        return nil
    }

    /// What a test case gives away, when its suite did not.
    static func recognise(testCase tag: XMLTag, in bytes: Span<UInt8>) -> JUnitDialect? {
        if tag.has("class") && tag.has("assertions") { return .phpunit }
        if tag.string("classname", in: bytes) == "test", !tag.has("assertions") { return .node }
        if tag.string("status", in: bytes) == "run", !tag.has("result") { return .ctest }
        return nil
    }

    /// - Parameter suites: the names of the suites around the case, outermost first.
    func identity(
        name: String, className: String, file: String?, suites: [String], files: Set<String>
    ) -> String {
        switch self {
        case .pytest:
            return PytestIdentity.nodeID(className: className, name: name, file: file, files: files)
        case .surefire:
            return className.isEmpty ? name : "\(className)#\(name)"
        case .nextest:
            return className.isEmpty ? name : "\(className) \(name)"
        case .swift:
            return className.isEmpty ? name : "\(className)/\(name)"
        case .phpunit:
            return className.isEmpty ? name : "\(className)::\(name)"
        case .ctest:
            return name
        case .node:
            return (suites.filter { !$0.isEmpty } + [name]).joined(separator: " > ")
        case .rspec:
            return [file ?? className, name].filter { !$0.isEmpty }.joined(separator: "::")
        case .jest, .gradle, .generic:
            // jest-junit writes the full title into both by default.
            if className.isEmpty || className == name { return name }
            return "\(className).\(name)"
        }
    }
}
