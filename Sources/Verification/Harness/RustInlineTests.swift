/// Unit tests of Rust, which stand in `#[cfg(test)] mod name { ... }` inside the sources.
enum RustInlineTests {
    struct Module {
        /// From the attribute to the closing brace.
        var range: Range<Int>
        /// Index of the opening brace.
        var open: Int
        var name: String
    }

    static func modules(in text: String) -> [Module] {
        let scanner = CodeScanner(text, language: .rust)
        var modules: [Module] = []
        var start = 0
        while let attribute = scanner.find("#[cfg(test)]", from: start) {
            start = attribute + 1
            guard let keyword = scanner.find("mod ", from: attribute),
                let open = scanner.find("{", from: keyword), let close = scanner.closing(of: open),
                // A semicolon in between is a module in a file of its own.
                scanner.bytes[attribute..<open].contains(UInt8(ascii: ";")) == false
            else { continue }
            modules.append(
                Module(
                    range: attribute..<close + 1, open: open,
                    name: scanner.text(keyword + 4..<open).trimmed))
            start = close
        }
        return modules
    }

    /// The head's source with the base's test modules: changed ones put back, new ones taken out,
    /// removed ones appended. `nil` when neither has any.
    static func restoring(head: String, base: String) -> String? {
        let baseText = Array(base.utf8)
        let baseModules = modules(in: base)
        let headModules = modules(in: head)
        guard !(baseModules.isEmpty && headModules.isEmpty) else { return nil }
        var bytes = Array(head.utf8)
        for module in headModules.reversed() {
            let original = baseModules.first { $0.name == module.name }
            bytes.replaceSubrange(
                module.range, with: original.map { baseText[$0.range] } ?? [])
        }
        for module in baseModules where !headModules.contains(where: { $0.name == module.name }) {
            bytes += [10] + baseText[module.range] + [10]
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}
