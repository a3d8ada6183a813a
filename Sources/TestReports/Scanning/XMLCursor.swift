/// The state of a scan between two pieces of input, and the grammar.
struct XMLCursor {
    private enum Section {
        case content, comment, literal, instruction
    }

    var subject = ""
    var depthLimit = 0
    /// How many bytes were scanned before the present piece.
    var baseOffset = 0
    var open: [XMLName] = []
    var rootClosed = false
    private var section = Section.content
    private var tag = XMLTag()

    /// Scans as far as whole tokens go.
    ///
    /// - Returns: how many bytes are done with; the rest belongs before the next piece.
    mutating func scan(
        _ bytes: Span<UInt8>, isFinal: Bool, handler: inout some XMLHandler
    ) throws(TestReportError) -> Int {
        var position = 0
        while position < bytes.count {
            let next: Int?
            switch section {
            case .comment:
                next = skip(bytes, from: position, past: "-->")
            case .instruction:
                next = skip(bytes, from: position, past: "?>")
            case .literal:
                next = literal(bytes, from: position, handler: &handler)
            case .content where bytes[position] == UInt8(ascii: "<"):
                next = try markup(bytes, from: position, handler: &handler)
            case .content:
                next = try text(bytes, from: position, isFinal: isFinal, handler: &handler)
            }
            guard let next, next > position else { break }
            position = next
        }
        return position
    }

    // MARK: Character data

    private mutating func text(
        _ bytes: Span<UInt8>, from start: Int, isFinal: Bool, handler: inout some XMLHandler
    ) throws(TestReportError) -> Int? {
        var end = bytes.firstIndex(of: UInt8(ascii: "<"), from: start) ?? bytes.count
        // A reference may go on in the next piece.
        if end == bytes.count, !isFinal {
            let nearEnd = max(start, end - XMLText.longestReference + 1)..<end
            end = nearEnd.last { bytes[$0] == UInt8(ascii: "&") } ?? end
        }
        guard end > start else { return nil }
        if open.isEmpty {
            try requireBlank(bytes.extracting(start..<end), offset: start)
        } else {
            handler.text(bytes.extracting(start..<end), isLiteral: false)
        }
        return end
    }

    /// Outside the root there is white space only, apart from a byte order mark at the very start.
    private func requireBlank(_ bytes: Span<UInt8>, offset: Int) throws(TestReportError) {
        var index = 0
        let mark: [UInt8] = [0xEF, 0xBB, 0xBF]
        if baseOffset + offset == 0, bytes.count >= 3, (0..<3).allSatisfy({ bytes[$0] == mark[$0] })
        {
            index = 3
        }
        while index < bytes.count {
            guard bytes[index].isXMLSpace else {
                throw malformed("there is text outside the root element", at: offset + index)
            }
            index += 1
        }
    }

    private mutating func literal(
        _ bytes: Span<UInt8>, from start: Int, handler: inout some XMLHandler
    ) -> Int? {
        let end = find("]]>", in: bytes, from: start)
        // Two bytes may be the beginning of the end.
        let safe = end ?? max(start, bytes.count - 2)
        if safe > start, !open.isEmpty {
            handler.text(bytes.extracting(start..<safe), isLiteral: true)
        }
        guard let end else { return safe }
        section = .content
        return end + 3
    }

    private mutating func skip(_ bytes: Span<UInt8>, from start: Int, past mark: StaticString)
        -> Int?
    {
        guard let end = find(mark, in: bytes, from: start) else {
            return max(start, bytes.count - mark.utf8CodeUnitCount + 1)
        }
        section = .content
        return end + mark.utf8CodeUnitCount
    }

    // MARK: Markup

    /// - Returns: `nil` when the token is not all there yet.
    private mutating func markup(
        _ bytes: Span<UInt8>, from start: Int, handler: inout some XMLHandler
    ) throws(TestReportError) -> Int? {
        guard start + 1 < bytes.count else { return nil }
        switch bytes[start + 1] {
        case UInt8(ascii: "/"):
            return try endTag(bytes, from: start, handler: &handler)
        case UInt8(ascii: "?"):
            section = .instruction
            return start + 2
        case UInt8(ascii: "!"):
            return try declaration(bytes, from: start)
        default:
            return try startTag(bytes, from: start, handler: &handler)
        }
    }

    private mutating func declaration(
        _ bytes: Span<UInt8>, from start: Int
    ) throws(TestReportError) -> Int? {
        switch matches("<!--", in: bytes, at: start) {
        case .yes:
            section = .comment
            return start + 4
        case .unfinished: return nil
        case .no: break
        }
        switch matches("<![CDATA[", in: bytes, at: start) {
        case .yes:
            guard !open.isEmpty else { throw malformed("CDATA outside the root", at: start) }
            section = .literal
            return start + 9
        case .unfinished: return nil
        case .no: break
        }
        switch matches("<!DOCTYPE", in: bytes, at: start) {
        case .yes: break
        case .unfinished: return nil
        case .no: throw malformed("a declaration that XML does not know", at: start)
        }
        var end = start
        while end < bytes.count, bytes[end] != UInt8(ascii: ">") {
            guard bytes[end] != UInt8(ascii: "[") else {
                throw TestReportError(
                    .forbidden, subject: subject,
                    reason: "its document type declares entities or elements",
                    offset: baseOffset + end,
                    remedy: "No test runner writes one; remove the DOCTYPE")
            }
            end += 1
        }
        return end < bytes.count ? end + 1 : nil
    }

    private mutating func endTag(
        _ bytes: Span<UInt8>, from start: Int, handler: inout some XMLHandler
    ) throws(TestReportError) -> Int? {
        var position = start + 2
        var name = XMLName()
        scanElementName(bytes, &position, &name)
        while position < bytes.count, bytes[position].isXMLSpace { position += 1 }
        guard position < bytes.count else { return nil }
        guard bytes[position] == UInt8(ascii: ">"), let expected = open.last, expected == name
        else { throw malformed("an end tag does not match its start tag", at: start) }
        open.removeLast()
        rootClosed = open.isEmpty
        try handler.end(name)
        return position + 1
    }

    private mutating func startTag(
        _ bytes: Span<UInt8>, from start: Int, handler: inout some XMLHandler
    ) throws(TestReportError) -> Int? {
        var position = start + 1
        tag.name = XMLName()
        tag.attributes.removeAll(keepingCapacity: true)
        scanElementName(bytes, &position, &tag.name)
        guard position < bytes.count else { return nil }
        guard tag.name.length > 0 else { throw malformed("a tag without a name", at: start) }
        while true {
            let before = position
            while position < bytes.count, bytes[position].isXMLSpace { position += 1 }
            guard position < bytes.count else { return nil }
            if bytes[position] == UInt8(ascii: ">") {
                try begin(bytes, at: start, handler: &handler)
                return position + 1
            }
            if bytes[position] == UInt8(ascii: "/") {
                guard position + 1 < bytes.count else { return nil }
                guard bytes[position + 1] == UInt8(ascii: ">") else {
                    throw malformed("a stray slash in a tag", at: position)
                }
                try begin(bytes, at: start, handler: &handler)
                open.removeLast()
                rootClosed = open.isEmpty
                try handler.end(tag.name)
                return position + 2
            }
            guard position > before else {
                throw malformed("no space before an attribute", at: position)
            }
            guard try attribute(bytes, &position) else { return nil }
        }
    }

    private mutating func begin(
        _ bytes: Span<UInt8>, at start: Int, handler: inout some XMLHandler
    ) throws(TestReportError) {
        guard !(open.isEmpty && rootClosed) else {
            throw malformed("there is more than one root element", at: start)
        }
        guard open.count < depthLimit else {
            throw TestReportError(
                .limitExceeded, subject: subject,
                reason: "elements nest deeper than \(depthLimit)", offset: baseOffset + start,
                remedy: "No test runner nests as deeply; see what wrote the file")
        }
        open.append(tag.name)
        try handler.start(tag, in: bytes)
    }

    /// - Returns: `false` when the attribute is not all there yet.
    private mutating func attribute(
        _ bytes: Span<UInt8>, _ position: inout Int
    ) throws(TestReportError) -> Bool {
        let start = position
        var name = XMLName()
        while position < bytes.count, isNameByte(bytes[position]) {
            name.append(bytes[position])
            position += 1
        }
        while position < bytes.count, bytes[position].isXMLSpace { position += 1 }
        guard position < bytes.count else { return false }
        guard name.length > 0, bytes[position] == UInt8(ascii: "=") else {
            throw malformed("an attribute without a value", at: start)
        }
        position += 1
        while position < bytes.count, bytes[position].isXMLSpace { position += 1 }
        guard position < bytes.count else { return false }
        let quote = bytes[position]
        guard quote == UInt8(ascii: "\"") || quote == UInt8(ascii: "'") else {
            throw malformed("an attribute's value is not in quotes", at: position)
        }
        let value = position + 1
        position = bytes.firstIndex(of: quote, from: value) ?? bytes.count
        let text = bytes.extracting(value..<position)
        if let bare = text.firstIndex(of: UInt8(ascii: "<"), from: 0) {
            throw malformed("a bare < in an attribute's value", at: value + bare)
        }
        guard position < bytes.count else { return false }
        guard tag.attributes.count < 64, !tag.has(name) else {
            throw malformed("an attribute is repeated, or there are more than 64", at: start)
        }
        tag.attributes.append(XMLTag.Attribute(name: name, value: value..<position))
        position += 1
        return true
    }

    // MARK: Bytes

    /// The name without its prefix.
    private func scanElementName(_ bytes: Span<UInt8>, _ position: inout Int, _ name: inout XMLName)
    {
        while position < bytes.count, isNameByte(bytes[position]) {
            if bytes[position] == UInt8(ascii: ":") {
                name = XMLName()
            } else {
                name.append(bytes[position])
            }
            position += 1
        }
    }

    /// Letters, digits, `-`, `_`, `.`, `:` and all beyond ASCII, as a bit for each byte below 128.
    @inline(__always)
    private func isNameByte(_ byte: UInt8) -> Bool {
        let bits: UInt64 = byte < 64 ? 0x07FF_6000_0000_0000 : 0x07FF_FFFE_87FF_FFFE
        return byte >= 0x80 || bits >> UInt64(byte & 63) & 1 == 1
    }

    private enum Match { case yes, no, unfinished }

    private func matches(_ mark: StaticString, in bytes: Span<UInt8>, at start: Int) -> Match {
        // SAFETY: a static string's buffer lives as long as the program.
        mark.withUTF8Buffer { expected in
            for index in expected.indices {
                guard start + index < bytes.count else { return .unfinished }
                if bytes[start + index] != expected[index] { return .no }
            }
            return .yes
        }
    }

    private func find(_ mark: StaticString, in bytes: Span<UInt8>, from start: Int) -> Int? {
        let length = mark.utf8CodeUnitCount
        let first = mark.utf8Start.pointee
        var position = start
        while let found = bytes.firstIndex(of: first, from: position),
            found + length <= bytes.count
        {
            if case .yes = matches(mark, in: bytes, at: found) { return found }
            position = found + 1
        }
        return nil
    }

    private func malformed(_ reason: String, at position: Int) -> TestReportError {
        TestReportError(
            .malformed, subject: subject, reason: reason, offset: baseOffset + position,
            remedy: "See what wrote the file, and whether two processes wrote it at once")
    }
}
