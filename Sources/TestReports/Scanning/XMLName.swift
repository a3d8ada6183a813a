/// The name of an element or attribute, up to 16 bytes of it packed into a number: comparing is
/// one instruction and scanning a tag allocates nothing. Longer names are told apart from all
/// names written as literals by their length, and by a running sum from each other.
struct XMLName: Equatable, ExpressibleByStringLiteral {
    private(set) var packed: UInt128 = 0
    private(set) var length = 0

    init() {}

    /// Runs each time that the expression is evaluated: what is compared for every tag is a
    /// `static let` beside the handler.
    init(stringLiteral name: StaticString) {
        name.withUTF8Buffer { buffer in
            for byte in buffer { append(byte) }
        }
    }

    @inline(__always)
    mutating func append(_ byte: UInt8) {
        packed = length < 16 ? packed << 8 | UInt128(byte) : packed &* 31 &+ UInt128(byte)
        length += 1
    }
}

/// The start of an element, as ranges into the bytes that were scanned.
struct XMLTag {
    struct Attribute {
        var name: XMLName
        var value: Range<Int>
    }

    /// Without a namespace prefix.
    var name = XMLName()
    /// With namespace prefixes: `xsi:type` is not `type`.
    var attributes: [Attribute] = []

    /// The value of an attribute, entities decoded.
    func string(_ name: XMLName, in bytes: Span<UInt8>) -> String? {
        for attribute in attributes where attribute.name == name {
            return XMLText.decode(bytes.extracting(attribute.value))
        }
        return nil
    }

    func has(_ name: XMLName) -> Bool {
        attributes.contains { $0.name == name }
    }

    /// A count; thousands separators are dropped.
    func integer(_ name: XMLName, in bytes: Span<UInt8>) -> Int? {
        string(name, in: bytes).flatMap { LocaleNumber.parse($0) }.flatMap { Int(exactly: $0) }
    }

    /// A number of seconds in any locale's writing, as milliseconds.
    func milliseconds(_ name: XMLName, in bytes: Span<UInt8>) -> Double? {
        for attribute in attributes where attribute.name == name {
            let value = bytes.extracting(attribute.value)
            let seconds =
                LocaleNumber.parsePlain(value) ?? LocaleNumber.parse(XMLText.decode(value))
            return seconds.map { $0 * 1000 }
        }
        return nil
    }
}
