/// Environment variables in a plain list. A `Dictionary` looks up at run time that its key can be
/// hashed, among all conformances of the program: a tenth of a millisecond of every start.
package struct VariableList: Sendable, Equatable, ExpressibleByDictionaryLiteral {
    package struct Variable: Sendable, Equatable {
        package var name: String
        package var value: String
    }

    /// In the order in which they were first set; no name twice.
    package private(set) var variables: [Variable] = []

    package init() {}

    package init(dictionaryLiteral elements: (String, String)...) {
        for (name, value) in elements { self[name] = value }
    }

    /// Sorted by name, so that the same variables make the same list.
    package init(_ variables: [String: String]) {
        self.variables = variables.map { Variable(name: $0.key, value: $0.value) }
            .sorted { $0.name < $1.name }
    }

    package subscript(name: String) -> String? {
        get { variables.first { $0.name == name }?.value }
        set {
            let index = variables.firstIndex { $0.name == name }
            switch (index, newValue) {
            case (let index?, let value?): variables[index].value = value
            case (let index?, nil): variables.remove(at: index)
            case (nil, let value?): variables.append(Variable(name: name, value: value))
            case (nil, nil): return
            }
        }
    }

    /// As `Dictionary` does it.
    package mutating func merge(
        _ others: [String: String], uniquingKeysWith combine: (String, String) -> String
    ) {
        for variable in VariableList(others).variables {
            self[variable.name] =
                self[variable.name].map { combine($0, variable.value) } ?? variable.value
        }
    }

    /// For a name that is not there yet, as in this process's own environment.
    package mutating func append(_ name: String, _ value: String) {
        variables.append(Variable(name: name, value: value))
    }
}

extension SandboxHost {
    package convenience init(
        initPath: String, environment: [String: String]
    ) throws(SandboxError) {
        try self.init(initPath: initPath, environment: VariableList(environment))
    }
}

extension CompiledProfileStore {
    package init(environment: [String: String]) {
        self.init(environment: VariableList(environment))
    }
}
