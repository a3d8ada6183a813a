/// Who wrote a JUnit file. It decides what a test's id is: as that runner would accept it.
enum JUnitDialect {
    case pytest, surefire, nextest, jest, vitest, node, ctest, swift, phpunit, rspec, libtest,
        generic

    /// What the start of the root or of a suite gives away.
    static func recognise(_ tag: XMLTag, in bytes: Span<UInt8>) -> JUnitDialect? {
        let name = tag.string("name", in: bytes) ?? ""
        if name == "pytest" || name == "pytest tests" { return .pytest }
        if tag.has("xsi:noNamespaceSchemaLocation") || tag.has("xsi:schemaLocation") {
            return .surefire
        }
        // JUnit's own ConsoleLauncher: one file for each engine.
        if ["JUnit Jupiter", "JUnit Vintage", "JUnit Platform Suite"].contains(name) {
            return .surefire
        }
        if name == "nextest-run" { return .nextest }
        if name == "jest tests" { return .jest }
        if name == "vitest tests" { return .vitest }
        if name == "TestResults" { return .swift }
        if name == "test", tag.string("package", in: bytes) == "test" { return .libtest }
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

    /// What stands before a test's name in its id, and the file that it implies.
    ///
    /// - Parameter suites: the names of the suites around the case, outermost first.
    func prefix(
        className: String, file: String?, suites: [String], files: Set<String>
    ) -> (prefix: String, file: String?) {
        switch self {
        case .pytest:
            let module = PytestIdentity.module(className: className, file: file, files: files)
            return (module.prefix, file ?? module.path)
        case .surefire:
            return (className.isEmpty ? "" : "\(className)#", file)
        case .nextest:
            return (className.isEmpty ? "" : "\(className) ", file)
        case .swift:
            return (className.isEmpty ? "" : "\(className)/", file)
        case .phpunit:
            return (className.isEmpty ? "" : "\(className)::", file)
        case .vitest:
            // As vitest shows it: the file, then the titles.
            return (className.isEmpty ? "" : "\(className) > ", file ?? className)
        case .ctest:
            return ("", file)
        case .node:
            return (suites.filter { !$0.isEmpty }.map { $0 + " > " }.joined(), file)
        case .rspec:
            let place = file ?? className
            return (place.isEmpty ? "" : "\(place)::", file)
        case .libtest:
            return (className == "crate" ? "" : "\(className)::", file)
        case .jest, .generic:
            return (className.isEmpty ? "" : "\(className).", file)
        }
    }
}
