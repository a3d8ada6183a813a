extension JSONValue {
    package enum Layout: Sendable {
        /// One line, members in their order.
        case compact
        /// Two spaces of indentation, members in their order.
        case indented
        /// One line, members sorted by the UTF-16 code units of their names, as in RFC 8785: equal
        /// documents have equal bytes, so that they can be hashed and signed.
        case canonical
    }

    package func text(_ layout: Layout = .compact) -> String {
        var printer = JSONPrinter(layout: layout)
        printer.print(self, depth: 0)
        return String(decoding: printer.bytes, as: UTF8.self)
    }
}

struct JSONPrinter {
    let layout: JSONValue.Layout
    var bytes: [UInt8] = []

    init(layout: JSONValue.Layout) { self.layout = layout }

    mutating func print(_ value: JSONValue, depth: Int) {
        switch value {
        case .null: bytes += "null".utf8
        case .bool(let flag): bytes += (flag ? "true" : "false").utf8
        case .number(let text): bytes += text.utf8
        case .string(let text): print(text)
        case .array(let items):
            print(items.count, "[", "]", depth) { printer, index in
                printer.print(items[index], depth: depth + 1)
            }
        case .object(let members):
            let ordered = layout == .canonical ? Self.sorted(members) : members
            print(ordered.count, "{", "}", depth) { printer, index in
                printer.print(ordered[index].name)
                printer.bytes += (printer.layout == .indented ? ": " : ":").utf8
                printer.print(ordered[index].value, depth: depth + 1)
            }
        }
    }

    static func sorted(_ members: [JSONValue.Member]) -> [JSONValue.Member] {
        members.sorted { $0.name.utf16.lexicographicallyPrecedes($1.name.utf16) }
    }

    private mutating func print(
        _ count: Int, _ open: String, _ close: String, _ depth: Int,
        _ item: (inout JSONPrinter, Int) -> Void
    ) {
        bytes += open.utf8
        for index in 0..<count {
            if index > 0 { bytes += ",".utf8 }
            breakLine(depth + 1)
            item(&self, index)
        }
        if count > 0 { breakLine(depth) }
        bytes += close.utf8
    }

    private mutating func breakLine(_ depth: Int) {
        guard layout == .indented else { return }
        bytes.append(UInt8(ascii: "\n"))
        bytes += repeatElement(UInt8(ascii: " "), count: depth * 2)
    }

    private mutating func print(_ text: String) {
        bytes.append(UInt8(ascii: "\""))
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "\""): bytes += "\\\"".utf8
            case UInt8(ascii: "\\"): bytes += "\\\\".utf8
            case 0x08: bytes += "\\b".utf8
            case 0x09: bytes += "\\t".utf8
            case 0x0a: bytes += "\\n".utf8
            case 0x0c: bytes += "\\f".utf8
            case 0x0d: bytes += "\\r".utf8
            case ..<0x20:
                bytes += "\\u00".utf8
                bytes.append(Self.digit(byte >> 4))
                bytes.append(Self.digit(byte & 0xf))
            default: bytes.append(byte)
            }
        }
        bytes.append(UInt8(ascii: "\""))
    }

    private static func digit(_ value: UInt8) -> UInt8 {
        value < 10 ? UInt8(ascii: "0") + value : UInt8(ascii: "a") + value - 10
    }
}
