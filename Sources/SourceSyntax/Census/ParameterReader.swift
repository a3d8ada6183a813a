/// Counts the written-out rows of parametrised tests.
struct ParameterReader {
    let stream: TokenStream
    let profile: LanguageProfile

    /// The product over all tables; `nil` where rows are computed or there are none.
    func cases(of annotations: [Annotation], body: Range<Int>) -> Int? {
        var rows = 0
        var product: Int?
        for annotation in annotations {
            let name =
                annotation.path.split(separator: ".").last.map(String.init) ?? annotation.path
            if profile.tests.rowAnnotations.contains(name), !annotation.arguments.isEmpty {
                rows += 1
            }
            if let position = profile.tests.listAnnotations[name],
                let count = listCount(annotation.arguments, position)
            {
                product = (product ?? 1) * count
            }
        }
        if rows > 0 { return rows * (product ?? 1) }
        return product ?? (profile.language == .go ? goRows(body) : nil)
    }

    /// - Parameter position: which argument is the list; -1: the arguments are the rows; -2: the
    ///   argument labelled `arguments`.
    func listCount(_ arguments: Range<Int>, _ position: Int) -> Int? {
        let parts = stream.arguments(in: arguments)
        switch position {
        case -1: return parts.count
        case -2:
            guard let part = parts.first(where: { stream.matches($0.lowerBound, "arguments") })
            else {
                return nil
            }
            return elements(part.dropFirst(2))
        default:
            let labelled = parts.first { stream.matches($0.lowerBound, "argvalues") }
            guard
                let part = labelled?.dropFirst(2)
                    ?? (position < parts.count ? parts[position][...] : nil)
            else { return nil }
            return elements(part)
        }
    }

    private func elements(_ part: Range<Int>.SubSequence) -> Int? {
        // `ints = {1, 2}` and `listOf(1, 2)` have a name before the bracket.
        guard let open = part.prefix(4).first(where: { stream.opens($0) }) else { return nil }
        guard Int(stream.partner[open]) == part.endIndex - 1 else { return nil }
        return stream.arguments(in: open + 1..<Int(stream.partner[open])).count
    }

    /// Table tests and literal subtests.
    private func goRows(_ body: Range<Int>) -> Int? {
        var total = 0
        for index in body {
            if stream.matches(index, "{"), stream.opens(index) {
                let node = Int(stream.source.nodes[Int(stream.tokens[index].node)].parent)
                guard node >= 0,
                    stream.source.kind(of: stream.source.nodes[node]) == "literal_value"
                else { continue }
                let parent = Int(stream.source.nodes[node].parent)
                guard parent >= 0,
                    stream.source.kind(of: stream.source.nodes[parent]) == "composite_literal",
                    let type = stream.source.child(of: parent, field: "type"),
                    ["slice_type", "map_type", "implicit_length_array_type"].contains(
                        stream.source.kind(of: stream.source.nodes[type]))
                else { continue }
                total += stream.arguments(in: index + 1..<Int(stream.partner[index])).count
            } else if stream.matches(index, "Run"), stream.matches(index - 1, "."),
                index + 2 < stream.tokens.count, stream.tokens[index + 2].kind == .string
            {
                total += 1
            }
        }
        return total > 0 ? total : nil
    }
}
