/// Code around assertions that swallows or retries their failure.
extension AssertionReader {
    /// For each token of `range` what keeps a failure there from counting; empty: nothing anywhere.
    ///
    /// Looked for are bodies of `try` whose handler catches all failures and goes on.
    func guards(in range: Range<Int>) -> [AssertionGuard?] {
        var found: [AssertionGuard?] = []
        guard let first = range.first else { return found }
        func mark(_ part: Range<Int>, _ kind: AssertionGuard) {
            if found.isEmpty { found = Array(repeating: nil, count: range.count) }
            for index in part.clamped(to: range) { found[index - range.lowerBound] = kind }
        }
        DeadCode(stream: stream, profile: profile).find(in: range) { mark($0, .unreachable) }
        if profile.language == .go { detached(in: range).forEach { mark($0, .swallowed) } }
        if profile.language == .python { suppressed(in: range).forEach { mark($0, .swallowed) } }
        guard !profile.syntax.attempts.isEmpty else { return found }
        let startByte = stream.tokens[first].start
        let endByte = stream.tokens[range.upperBound - 1].end
        var node = Int(stream.tokens[first].node)
        while node < stream.source.nodes.count, stream.source.nodes[node].start < endByte {
            defer { node += 1 }
            guard stream.source.nodes[node].isNamed, role(ofNode: node) == .attempt,
                stream.source.nodes[node].start >= startByte
            else { continue }
            let handlers = descendants(of: node, role: .handler)
            guard let firstHandler = handlers.first,
                handlers.contains(where: { swallows(stream.range(ofNode: $0)) })
            else { continue }
            let whole = stream.range(ofNode: node)
            let handlerStart = stream.range(ofNode: firstHandler).lowerBound
            guard whole.lowerBound < handlerStart else { continue }
            mark(
                whole.lowerBound..<handlerStart,
                isInLoop(node, downTo: startByte) ? .retried : .swallowed)
        }
        return found
    }

    /// Bodies of `go func() { ... }`: the test need not wait for them.
    private func detached(in range: Range<Int>) -> [Range<Int>] {
        range.compactMap { index in
            guard stream.matches(index, "go"), stream.matches(index + 1, "func") else { return nil }
            var brace = index + 2
            while brace < range.upperBound, !stream.matches(brace, "{") {
                brace = stream.opens(brace) ? stream.past(brace) : brace + 1
            }
            guard brace < range.upperBound, stream.opens(brace) else { return nil }
            return brace..<min(Int(stream.partner[brace]), range.upperBound)
        }
    }

    /// Bodies of `with suppress(AssertionError):`.
    private func suppressed(in range: Range<Int>) -> [Range<Int>] {
        range.compactMap { index in
            guard stream.matches(index, "suppress"), stream.opens(index + 1) else { return nil }
            let caught = stream.joined(index + 2..<Int(stream.partner[index + 1]))
            guard ["AssertionError", "Exception"].contains(where: caught.contains) else {
                return nil
            }
            var body = stream.past(index + 1)
            while body < range.upperBound, stream.tokens[body].kind != .blockStart {
                guard stream.tokens[body].line == stream.tokens[index].line else { break }
                body += 1
            }
            guard body < range.upperBound, stream.tokens[body].kind == .blockStart else {
                return nil
            }
            return body..<stream.range(ofNode: Int(stream.tokens[body].node)).upperBound
        }
    }

    private func descendants(of node: Int, role wanted: NodeRoles.Role) -> [Int] {
        stream.source.children(of: node).filter { role(ofNode: $0) == wanted }
    }

    private func isInLoop(_ node: Int, downTo startByte: Int32) -> Bool {
        var parent = Int(stream.source.nodes[node].parent)
        while parent >= 0, stream.source.nodes[parent].start >= startByte {
            if role(ofNode: parent) == .loop { return true }
            parent = Int(stream.source.nodes[parent].parent)
        }
        return false
    }

    /// Whether a handler catches assertion failures and lets the test go on.
    private func swallows(_ handler: Range<Int>) -> Bool {
        var header = handler.lowerBound
        while header < handler.upperBound, !stream.matches(header, ":"),
            !stream.matches(header, "{")
        {
            header += 1
        }
        if profile.language == .python {
            let caught = stream.joined(handler.lowerBound..<header)
            let broad = ["Exception", "AssertionError", "BaseException"]
            guard caught == "except" || broad.contains(where: caught.contains) else { return false }
        }
        return !(header..<handler.upperBound).contains { index in
            guard stream.tokens[index].kind == .word else { return false }
            let word = stream.text(index)
            return [
                "raise", "throw", "rethrow", "fail", "panic", "return", "exit", "assert", "XCTFail",
                "expect",
            ]
            .contains(word) || word.hasPrefix("assert") || word.hasPrefix("Assert")
                || word.hasPrefix("pytest")
        }
    }
}
