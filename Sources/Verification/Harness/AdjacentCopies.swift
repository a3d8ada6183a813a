/// Copies of test functions beside their originals, for languages with braces: the same file and
/// type, another name.
struct AdjacentCopies {
    let language: SourceLanguage
    /// Where a function of a name is declared: the text before and after the name.
    let declarations: [(before: String, after: String)]
    /// What the copy is called.
    let rename: (String) -> String

    /// - Parameters:
    ///   - function: the declared name; `paths`: files in which it may be.
    /// - Returns: whether the function was found.
    func copy(
        _ function: String, of test: String, in paths: [String], _ planting: inout Planting
    ) -> Bool {
        for path in paths {
            guard let text = planting.text(of: path),
                let found = find(function, in: CodeScanner(text, language: language))
            else { continue }
            plant(found, function: function, test: test, path: path, &planting)
            return true
        }
        return false
    }

    private struct Found {
        var scanner: CodeScanner
        /// From the attributes before the declaration to its closing brace.
        var range: Range<Int>
        /// Of the name, in bytes from the start of the file.
        var name: Range<Int>
        var bodyStart: Int
    }

    private func find(_ function: String, in scanner: CodeScanner) -> Found? {
        for (before, after) in declarations {
            var start = 0
            while let index = scanner.find(before + function + after, from: start) {
                start = index + 1
                let nameStart = index + before.utf8.count
                let name = nameStart..<nameStart + function.utf8.count
                guard index == 0 || !CodeScanner.isWord(scanner.bytes[index - 1]),
                    let parameters = scanner.find("(", from: name.upperBound),
                    let closed = scanner.closing(of: parameters),
                    let open = scanner.find("{", from: closed),
                    let close = scanner.closing(of: open)
                else { continue }
                return Found(
                    scanner: scanner, range: declarationStart(index, scanner)..<close + 1,
                    name: name, bodyStart: open + 1)
            }
        }
        return nil
    }

    /// Up from the declaration's line over lines that are attributes, annotations or comments.
    private func declarationStart(_ index: Int, _ scanner: CodeScanner) -> Int {
        func lineStart(_ index: Int) -> Int {
            scanner.bytes[..<index].lastIndex(of: 10).map { $0 + 1 } ?? 0
        }
        var start = lineStart(index)
        while start > 0 {
            let previous = lineStart(start - 1)
            let line = scanner.text(previous..<start).trimmed
            guard line.hasPrefix("#[") || line.hasPrefix("@") || line.hasPrefix("///") else {
                break
            }
            start = previous
        }
        return start
    }

    private func plant(
        _ found: Found, function: String, test: String, path: String, _ planting: inout Planting
    ) {
        let text = found.scanner.text(found.range)
        let bytes = Array(text.utf8)
        let name = found.name.lowerBound - found.range.lowerBound
        func named(_ body: String, _ new: String) -> String {
            var copy = Array(body.utf8)
            copy.replaceSubrange(name..<name + function.utf8.count, with: Array(new.utf8))
            return String(decoding: copy, as: UTF8.self)
        }
        let bodyStart = min(found.bodyStart - found.range.lowerBound, bytes.count)
        let renamed = planting.name()
        var copies = [named(text, rename(renamed))]
        planting.expectCopy(renamed, of: test, mustPass: true)
        let variants = AssertionRewriter(language: language).variants(
            of: text, bodyStart: bodyStart)
        for variant in variants {
            let name = planting.name()
            copies.append(named(variant.text, rename(name)))
            planting.expectCopy(name, of: test, mustPass: false)
        }
        if variants.isEmpty {
            planting.leaveOut(test, reason: "no expected value was found in it")
        }
        var file = found.scanner.bytes
        let addition = "\n\n" + copies.joined(separator: "\n\n")
        file.insert(contentsOf: Array(addition.utf8), at: found.range.upperBound)
        planting.write(String(decoding: file, as: UTF8.self), to: path)
    }
}
