/// Tests that are calls with a title and a block: jest, RSpec, Catch2, Pest, Kotest.
struct CallTestReader {
    let stream: TokenStream
    let profile: LanguageProfile
    let markers: MarkerReader
    let parameters: ParameterReader

    func read() -> (groups: [TestContainer], tests: [TestReader.Draft]) {
        let calls = Set(profile.tests.calls)
        let groups = Set(profile.tests.groups)
        guard !calls.isEmpty else { return ([], []) }
        var foundGroups: [TestContainer] = []
        var foundTests: [TestReader.Draft] = []
        for index in stream.tokens.indices where stream.tokens[index].kind == .word {
            let size = stream.tokens[index].end - stream.tokens[index].start
            guard size <= 24 else { continue }
            let name = stream.text(index)
            guard calls.contains(name) || groups.contains(name), let call = call(at: index, name)
            else {
                continue
            }
            let line = Int(stream.tokens[index].line)
            let own =
                markers.markers(
                    ofCall: call.path, line: line, on: groups.contains(name) ? call.title : nil)
                + optionMarkers(call, line)
            if groups.contains(name) {
                foundGroups.append(
                    TestContainer(name: call.title, range: index..<call.end, markers: own))
            } else {
                foundTests.append(
                    TestReader.Draft(
                        name: call.title, range: index..<call.end, body: call.block,
                        statements: call.block, annotations: [], markers: own,
                        parameterCases: call.table.flatMap { parameters.listCount($0, 0) },
                        line: line,
                        endLine: Int(stream.tokens[call.end - 1].line)))
            }
        }
        return (foundGroups, foundTests)
    }

    private struct Call {
        var path: String
        var title: String
        var table: Range<Int>?
        /// Everything after the title.
        var block: Range<Int>
        var end: Int
    }

    private func call(at index: Int, _ name: String) -> Call? {
        if stream.matches(index - 1, ".") || stream.matches(index - 1, "->")
            || stream.matches(index - 1, "::")
        {
            guard index >= 2, profile.tests.receivers.contains(stream.text(index - 2)) else {
                return nil
            }
        }
        var path = name
        var next = index + 1
        while stream.matches(next, "."), next + 1 < stream.tokens.count,
            stream.tokens[next + 1].kind == .word
        {
            path += "." + stream.text(next + 1)
            next += 2
        }
        var table: Range<Int>?
        if path.hasSuffix(".each") || path.hasSuffix(".for") || path.contains("skipIf")
            || path.contains("runIf")
        {
            guard next < stream.tokens.count else { return nil }
            if stream.opens(next) {
                if path.hasSuffix(".each") || path.hasSuffix(".for") {
                    table = next + 1..<Int(stream.partner[next])
                }
                next = stream.past(next)
            } else if stream.tokens[next].kind == .string {
                next += 1
            }
        }
        guard next < stream.tokens.count else { return nil }
        if stream.matches(next, "("), stream.opens(next) {
            return bracketed(open: next, path: path, table: table)
        }
        return profile.language == .ruby ? ruby(at: index, path: path) : nil
    }

    private func bracketed(open: Int, path: String, table: Range<Int>?) -> Call? {
        let close = Int(stream.partner[open])
        var end = close + 1
        let arguments = stream.arguments(in: open + 1..<close)
        guard let first = arguments.first else { return nil }
        let isMacro = profile.language == .c || profile.language == .cpp
        var block = min(first.upperBound, close)..<close
        if end < stream.tokens.count, stream.matches(end, "{") || stream.matches(end, "do"),
            stream.opens(end) || profile.language == .ruby
        {
            block = end..<blockEnd(from: end)
            end = block.upperBound
        } else if profile.language == .ruby {
            guard let whole = ruby(at: open - 1, path: path) else { return nil }
            return whole
        } else if isMacro || profile.language == .kotlin {
            return nil
        } else if arguments.count < 2 {
            return nil
        }
        guard isMacro || stream.tokens[first.lowerBound].kind == .string || hasFunction(arguments)
        else { return nil }
        var path = path
        // Pest and Kotest go on: `->skip()`, `.config(enabled = false)`.
        while end + 1 < stream.tokens.count, stream.matches(end, "->") || stream.matches(end, "."),
            stream.tokens[end + 1].kind == .word
        {
            path += "." + stream.text(end + 1)
            end = stream.past(end + 2)
        }
        let title =
            isMacro && stream.tokens[first.lowerBound].kind != .string
            ? arguments.map(stream.joined).joined(separator: ".") : title(first)
        return Call(
            path: path, title: title, table: table, block: block, end: min(end, stream.tokens.count)
        )
    }

    private func hasFunction(_ arguments: [Range<Int>]) -> Bool {
        arguments.dropFirst().contains { range in
            range.contains {
                stream.matches($0, "=>") || stream.matches($0, "function")
                    || stream.matches($0, "fn")
            }
        }
    }

    /// The whole Ruby call, its block included, is one node.
    private func ruby(at index: Int, path: String) -> Call? {
        var node = Int(stream.source.nodes[Int(stream.tokens[index].node)].parent)
        while node >= 0, stream.source.kind(of: stream.source.nodes[node]) != "call" {
            node = Int(stream.source.nodes[node].parent)
            if node >= 0, stream.source.kind(of: stream.source.nodes[node]).hasSuffix("statement") {
                return nil
            }
        }
        guard node >= 0, let block = stream.source.child(of: node, field: "block") else {
            return nil
        }
        let range = stream.range(ofNode: node)
        let blockRange = stream.range(ofNode: block)
        guard range.lowerBound <= index, blockRange.lowerBound > index else { return nil }
        let arguments = stream.arguments(in: index + 1..<blockRange.lowerBound)
        return Call(
            path: path, title: arguments.first.map(title) ?? "", table: nil,
            block: min(
                arguments.first?.upperBound ?? index + 1, range.upperBound)..<range.upperBound,
            end: range.upperBound)
    }

    private func blockEnd(from start: Int) -> Int { stream.past(start) }

    private func title(_ range: Range<Int>) -> String {
        let range =
            stream.matches(range.lowerBound, "(") ? range.lowerBound + 1..<range.upperBound : range
        guard let first = range.first else { return "" }
        guard stream.tokens[first].kind == .string else { return stream.joined(range) }
        return String(stream.normalised(first).dropFirst().dropLast())
    }

    /// `{skip: true}` of node:test, `skip: "reason"` and `:skip` of RSpec, `[.]` and `[!mayfail]` of Catch2.
    private func optionMarkers(_ call: Call, _ line: Int) -> [TestMarker] {
        var found: [TestMarker] = []
        for index in call.block.lowerBound..<min(call.end, call.block.lowerBound + 12) {
            if stream.opens(index), stream.matches(index, "{"), index > call.block.lowerBound + 1 {
                break
            }
            if stream.matches(index, "do") || stream.matches(index, "=>")
                || stream.matches(index, "function")
            {
                break
            }
            let text = stream.text(index)
            switch text {
            case "skip", "todo", ":skip", "skip:", "pending:", ":pending", "xfail":
                if text == "skip" || text == "todo", !stream.matches(index + 1, ":") { continue }
                let value = index + (stream.matches(index + 1, ":") ? 2 : 1)
                if stream.matches(value, "false") { continue }
                found.append(TestMarker(kind: .skip, text: text, line: line, container: nil))
            case "retry:", ":retry", "retries", "retry":
                let value = index + (stream.matches(index + 1, ":") ? 2 : 1)
                guard value < stream.tokens.count, stream.tokens[value].kind == .number else {
                    continue
                }
                found.append(
                    TestMarker(
                        kind: .retry, text: "retry: \(stream.text(value))", line: line,
                        container: nil))
            case "only", ":focus", "focus:":
                if text == "only", !stream.matches(index + 1, ":") { continue }
                found.append(TestMarker(kind: .focus, text: text, line: line, container: nil))
            default: break
            }
        }
        if profile.language == .cpp,
            call.title.hasPrefix("DISABLED_") || call.title.contains(".DISABLED_")
        {
            found.append(TestMarker(kind: .skip, text: call.title, line: line, container: nil))
        }
        return found
    }
}
