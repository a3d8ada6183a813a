/// A function or a class with its name, annotations and tokens.
struct Declaration: Sendable {
    let node: Int
    let isFunction: Bool
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
    /// All functions and classes in document order.
    func declarations(_ profile: LanguageProfile) -> [Declaration] {
        let roles = NodeRoles(source.grammar, profile.syntax)
        var found: [Declaration] = []
        for index in source.nodes.indices {
            let node = source.nodes[index]
            guard node.isNamed else { continue }
            let role = roles[node.symbol]
            guard role == .function || role == .type, let name = nameToken(of: index) else {
                continue
            }
            let own = range(ofNode: index)
            let annotations = annotations(of: index, before: name, roles)
            let endLine =
                own.isEmpty
                ? Int(node.line) : Int(tokens[max(own.lowerBound, own.upperBound - 1)].line)
            let rest = min(name + 1, own.upperBound)..<own.upperBound
            found.append(
                Declaration(
                    node: index, isFunction: role == .function, name: text(name),
                    annotations: annotations, tokens: own, rest: rest, line: Int(tokens[name].line),
                    endLine: endLine,
                    heritage: role == .type ? heritage(rest) : ""))
        }
        return found
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
        var child = source.child(of: index, field: "name") ?? source.child(of: index, field: "type")
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

    private func annotations(of index: Int, before name: Int, _ roles: NodeRoles) -> [Annotation] {
        var nodes: [Int] = []
        let parent = Int(source.nodes[index].parent)
        if parent >= 0 {
            // Siblings directly before: Rust's attributes, decorators of Python and TypeScript.
            var before: [Int] = []
            for sibling in source.children(of: parent) {
                if sibling == index { break }
                let role = roles[source.nodes[sibling].symbol]
                if role == .annotation {
                    before.append(sibling)
                } else if role != .comment {
                    before = []
                }
            }
            nodes = before
        }
        var inner = index + 1
        while inner < Int(source.nodes[index].subtreeEnd), Int(firstToken[inner]) < name {
            if roles[source.nodes[inner].symbol] == .annotation, source.nodes[inner].isNamed {
                nodes.append(inner)
                inner = Int(source.nodes[inner].subtreeEnd)
            } else {
                inner += 1
            }
        }
        return nodes.map(annotation)
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
