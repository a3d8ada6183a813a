/// One Python test file as lines, for finding and copying the functions in it.
struct PythonTestFile {
    private let lines: [Substring]

    init(_ text: String) { lines = text.split(separator: "\n", omittingEmptySubsequences: false) }

    struct Function {
        /// Lines from the first decorator to the last line of the body.
        var lines: Range<Int>
        var definition: Int
        var name: String
    }

    /// Every test function and method, in order.
    var tests: [(scope: [String], function: Function)] {
        var found: [(scope: [String], function: Function)] = []
        var scopes: [(name: String, indentation: Int)] = []
        for (index, line) in lines.enumerated() {
            let indentation = Self.indentation(line)
            let code = line.dropFirst(indentation)
            guard !code.isEmpty, !code.hasPrefix("#") else { continue }
            scopes.removeAll { $0.indentation >= indentation }
            if let name = Self.name(in: code, after: ["class "]) {
                scopes.append((name, indentation))
            } else if let name = Self.name(in: code, after: ["def ", "async def "]) {
                let outer = scopes.filter { $0.indentation < indentation }
                // Functions inside functions are no tests.
                guard indentation == 0 || outer.last.map({ $0.indentation < indentation }) == true
                else { continue }
                let function = Function(
                    lines: firstDecorator(before: index)..<end(of: index), definition: index,
                    name: name)
                found.append((outer.map(\.name), function))
            }
        }
        return found
    }

    /// The text of a function, unindented by nothing, with its name replaced.
    func text(of function: Function, named name: String) -> String {
        var copy = Array(lines[function.lines])
        let definition = function.definition - function.lines.lowerBound
        copy[definition] = Substring(
            copy[definition].replacing(
                "def \(function.name)", with: "def \(name)", maxReplacements: 1))
        return copy.joined(separator: "\n")
    }

    /// A test that calls a copy of the function in a thread of its own: no test and no runner is among
    /// its callers then. Only what it asserts counts: threads have no signals, and more of the kind.
    ///
    /// - Returns: `nil` for a function that takes something, is decorated or asynchronous.
    func detached(_ function: Function, named name: String, calling copy: String) -> String? {
        guard function.lines.lowerBound == function.definition else { return nil }
        let line = lines[function.definition]
        let indentation = String(line.prefix(Self.indentation(line)))
        let head = line.dropFirst(indentation.count)
        let parameters = ["", "self"].first { parameters in
            [":", " ->"].contains { head.hasPrefix("def \(function.name)(\(parameters))\($0)") }
        }
        guard let parameters else { return nil }
        let call = parameters.isEmpty ? copy : "self." + copy
        return """
            def \(name)(\(parameters)):
                import contextvars, threading
                failures = []

                def call():
                    try:
                        \(call)()
                    except AssertionError as error:
                        failures.append(error)
                    except BaseException:
                        pass

                context = contextvars.copy_context()
                thread = threading.Thread(target=context.run, args=(call,), daemon=True)
                thread.start()
                thread.join(30)
                if failures:
                    raise failures[0]
            """.split(separator: "\n", omittingEmptySubsequences: false)
                .map { $0.isEmpty ? "" : indentation + $0 }.joined(separator: "\n")
    }

    /// Where the body begins in the text of a function, in bytes.
    func bodyStart(of function: Function, in text: String) -> Int {
        let scanner = CodeScanner(text, language: .python)
        let before = lines[function.lines.lowerBound..<function.definition]
            .reduce(0) { $0 + $1.utf8.count + 1 }
        guard let open = scanner.find("(", from: before), let close = scanner.closing(of: open),
            let colon = scanner.find(":", from: close)
        else { return text.utf8.count }
        return colon + 1
    }

    /// The file with some functions replaced by other text, and the other tests out of collection.
    func text(replacing replacements: [Int: String], disabling prefix: String) -> String {
        var result: [String] = []
        var index = 0
        let others = Dictionary(
            tests.map { ($0.function.definition, $0.function.name) }, uniquingKeysWith: { $1 })
        let functions = Dictionary(
            tests.map { ($0.function.lines.lowerBound, $0.function) }, uniquingKeysWith: { $1 })
        while index < lines.count {
            if let function = functions[index], let text = replacements[function.definition] {
                result.append(text)
                index = function.lines.upperBound
                continue
            }
            if let name = others[index], name.hasPrefix("test") {
                result.append(
                    String(lines[index]).replacing(
                        "def \(name)", with: "def \(prefix)_\(name)", maxReplacements: 1))
            } else {
                result.append(String(lines[index]))
            }
            index += 1
        }
        return result.joined(separator: "\n")
    }

    private func firstDecorator(before index: Int) -> Int {
        let indentation = Self.indentation(lines[index])
        var start = index
        var candidate = index - 1
        // A decorator may span lines: those that lie deeper, or close a bracket, belong to it.
        while candidate >= 0 {
            let line = lines[candidate]
            let code = line.dropFirst(Self.indentation(line))
            guard !code.isEmpty else { break }
            if Self.indentation(line) == indentation, code.hasPrefix("@") {
                start = candidate
            } else if Self.indentation(line) <= indentation, !")]}".contains(code.first ?? " ") {
                break
            }
            candidate -= 1
        }
        return start
    }

    private func end(of definition: Int) -> Int {
        let indentation = Self.indentation(lines[definition])
        var end = definition + 1
        var isInSignature = !lines[definition].contains("):") && !lines[definition].hasSuffix(":")
        for index in lines.indices.dropFirst(definition + 1) {
            let line = lines[index]
            let code = line.dropFirst(Self.indentation(line))
            if isInSignature {
                isInSignature = !code.hasSuffix(":")
                end = index + 1
            } else if code.isEmpty || code.hasPrefix("#") {
                continue
            } else if Self.indentation(line) > indentation {
                end = index + 1
            } else {
                break
            }
        }
        return end
    }

    private static func indentation(_ line: Substring) -> Int {
        line.prefix { $0 == " " || $0 == "\t" }.count
    }

    private static func name(in code: Substring, after keywords: [String]) -> String? {
        for keyword in keywords where code.hasPrefix(keyword) {
            let name = code.dropFirst(keyword.count).prefix {
                $0.isLetter || $0.isNumber || $0 == "_"
            }
            return name.isEmpty ? nil : String(name)
        }
        return nil
    }
}
