/// A function or a class with its name, annotations and tokens.
struct Declaration: Sendable {
    let isFunction: Bool
    let node: Int
    let name: String
    let annotations: [Annotation]
    /// Tokens from the first annotation or keyword to the end.
    let tokens: Range<Int>
    /// Tokens after the name.
    let rest: Range<Int>
    let line: Int
    let endLine: Int
    /// What the class derives from, as written; empty for functions.
    let heritage: String
}

/// `@a.b(c)`, `#[a::b(c)]`, `[A(c)]`: the dotted name and the arguments.
struct Annotation: Sendable {
    let path: String
    let arguments: Range<Int>
    let argumentText: String
    let line: Int
}

extension TokenStream {
    /// All functions and classes in document order, in one pass.
    func declarations() -> [Declaration] {
        var found: [Declaration] = []
        // Annotations that stand directly before their function: Rust's attributes, decorators.
        var pending: [Int32: [Int]] = [:]
        for index in source.nodes.indices {
            let node = source.nodes[index]
            guard node.isNamed else { continue }
            let role = roles[node.symbol]
            switch role {
            case .annotation: pending[node.parent, default: []].append(index)
            case .comment: break
            case .function, .type:
                let before = pending.removeValue(forKey: node.parent) ?? []
                if let declaration = declaration(at: index, role, annotatedBy: before, roles) {
                    found.append(declaration)
                }
            default: if !pending.isEmpty { pending[node.parent] = nil }
            }
        }
        return found
    }

    private func declaration(
        at index: Int, _ role: NodeRoles.Role, annotatedBy before: [Int], _ roles: NodeRoles
    ) -> Declaration? {
        // JavaScript: only what is given a function is one.
        if source.child(of: index, field: "left") != nil {
            guard let right = source.child(of: index, field: "right"),
                source.kind(of: source.nodes[right]).contains("function")
            else { return nil }
        }
        guard let name = nameToken(of: index) else { return nil }
        let own = range(ofNode: index)
        let rest = min(name + 1, own.upperBound)..<own.upperBound
        return Declaration(
            isFunction: role == .function, node: index, name: text(name),
            annotations: (before + annotations(inside: index, before: name, roles)).map(annotation),
            tokens: own, rest: rest, line: Int(tokens[name].line),
            endLine: own.isEmpty
                ? Int(source.nodes[index].line) : Int(tokens[own.upperBound - 1].line),
            heritage: role == .type ? heritage(rest) : "")
    }

    private func heritage(_ rest: Range<Int>) -> String {
        var end = rest.lowerBound
        while end < rest.upperBound, !matches(end, "{"), tokens[end].kind != .blockStart {
            end += 1
        }
        return joined(rest.lowerBound..<min(end, rest.lowerBound + 60))
    }

    /// The token that names a function or class: the grammar's name field, or the first identifier.
    private func nameToken(of index: Int) -> Int? {
        var child =
            source.child(of: index, field: "name") ?? source.child(of: index, field: "left")
        if child == nil, let declarator = source.child(of: index, field: "declarator") {
            // C: the name is inside pointer and function declarators.
            var inner = declarator
            while let next = source.child(of: inner, field: "declarator") { inner = next }
            child = inner
        }
        if child == nil {
            child = source.children(of: index).first { candidate in
                let kind = source.kind(of: source.nodes[candidate])
                return kind.hasSuffix("identifier") || kind == "name" || kind == "word"
            }
        }
        guard let child else { return nil }
        // A qualified name counts by its last word.
        let range = range(ofNode: child)
        return range.last { tokens[$0].kind == .word } ?? range.first
    }

    private func annotations(
        inside index: Int, before name: Int, _ roles: NodeRoles
    ) -> [Int] {
        var nodes: [Int] = []
        var inner = index + 1
        while inner < Int(source.nodes[index].subtreeEnd), Int(firstToken[inner]) < name {
            if roles[source.nodes[inner].symbol] == .annotation, source.nodes[inner].isNamed {
                nodes.append(inner)
                inner = Int(source.nodes[inner].subtreeEnd)
            } else {
                inner += 1
            }
        }
        return nodes
    }

    func annotation(at node: Int) -> Annotation {
        let range = range(ofNode: node)
        var path = ""
        var index = range.lowerBound
        while index < range.upperBound {
            if matches(index, "(") || matches(index, "=") { break }
            if tokens[index].kind == .word {
                let word = text(index)
                if word != "@" { path += word.hasPrefix("@") ? String(word.dropFirst()) : word }
            } else if matches(index, ".") || matches(index, "::") {
                path += "."
            }
            index += 1
        }
        let arguments =
            matches(index, "(") && opens(index)
            ? index + 1..<min(Int(partner[index]), range.upperBound) : index..<index
        return Annotation(
            path: path, arguments: arguments, argumentText: joined(arguments),
            line: Int(source.nodes[node].line))
    }
}
