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

    /// Where the value of an attribute stands, as it is written.
    func value(_ name: XMLName) -> Range<Int>? {
        for index in attributes.indices where attributes[index].name == name {
            return attributes[index].value
        }
        return nil
    }

    /// The value of an attribute, entities decoded.
    func string(_ name: XMLName, in bytes: Span<UInt8>) -> String? {
        value(name).map { XMLText.decode(bytes.extracting($0)) }
    }

    /// Whether the attribute is there and written just so; what is compared needs no entities.
    func equals(_ name: XMLName, _ text: StaticString, in bytes: Span<UInt8>) -> Bool {
        guard let value = value(name) else { return false }
        // SAFETY: a static string's buffer lives as long as the program.
        return text.withUTF8Buffer { bytes.extracting(value).equals($0.span) }
    }

    /// Whether the attribute is missing or empty.
    func isBlank(_ name: XMLName) -> Bool { value(name)?.isEmpty ?? true }

    func has(_ name: XMLName) -> Bool {
        value(name) != nil
    }

    /// A count; thousands separators are dropped.
    func integer(_ name: XMLName, in bytes: Span<UInt8>) -> Int? {
        string(name, in: bytes).flatMap { LocaleNumber.parse($0) }.flatMap { Int(exactly: $0) }
    }

    /// A number of seconds in any locale's writing, as milliseconds.
    func milliseconds(_ name: XMLName, in bytes: Span<UInt8>) -> Double? {
        guard let range = value(name) else { return nil }
        let text = bytes.extracting(range)
        let seconds = LocaleNumber.parsePlain(text) ?? LocaleNumber.parse(XMLText.decode(text))
        return seconds.map { $0 * 1000 }
    }
}
