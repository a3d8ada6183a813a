/// The file format of a compiled profile.
///
/// `DDPROF01`, then the length of the body (8 bytes), its FNV-1a checksum (8 bytes), the body.
/// Numbers are little-endian; a string is its length (4 bytes) and its UTF-8; a list its count
/// (4 bytes) and its items. The checksum finds damage, not tampering: the file lies in a directory
/// that only its owner writes to.
package enum CompiledProfileCoding {
    static let magic: [UInt8] = Array("DDPROF01".utf8)
    static let byteLimit = 4 << 20

    package static func encode(_ profile: CompiledProfile) -> [UInt8] {
        var body = ByteWriter()
        write(profile.settings, to: &body)
        body.write(profile.digest)
        body.write(profile.auditArchitecture)
        body.write(list: profile.filters) { program, writer in
            writer.write(program.notifies)
            writer.write(list: program.instructions) { instruction, writer in
                writer.write(instruction.code)
                writer.write(instruction.jumpTrue)
                writer.write(instruction.jumpFalse)
                writer.write(instruction.operand)
            }
        }
        body.write(list: profile.notifications) { rule, writer in write(rule, to: &writer) }
        var file = ByteWriter()
        file.bytes = magic
        file.write(UInt64(body.bytes.count))
        file.write(checksum(body.bytes[...]))
        file.bytes += body.bytes
        return file.bytes
    }

    /// - Throws: `CodingFailure` for anything but a whole, undamaged file of this version.
    ///
    /// - Parameter readsNotifications: whether their rules are read and checked at once, and not
    ///   when they are first asked for.
    package static func decode(
        _ bytes: [UInt8], readsNotifications: Bool = true
    ) throws(CodingFailure) -> CompiledProfile {
        guard bytes.count <= byteLimit else { throw CodingFailure("is larger than 4 MiB") }
        guard bytes.starts(with: magic) else {
            throw CodingFailure("is no compiled profile of this version")
        }
        var head = ByteReader(bytes[magic.count...])
        let length = try head.readInteger64()
        let expected = try head.readInteger64()
        guard length == UInt64(head.restCount) else { throw CodingFailure("is cut off") }
        guard checksum(head.rest) == expected else { throw CodingFailure("is damaged") }
        var reader = ByteReader(head.rest)
        let settings = try readSettings(&reader)
        let digest = try reader.readString()
        let architecture = try reader.readInteger32()
        let filters = try reader.readList(itemBytes: 5) {
            (reader: inout ByteReader) throws(CodingFailure) in
            let notifies = try reader.readFlag()
            let instructions = try reader.readList(itemBytes: 8, readInstruction)
            return SeccompProgram(instructions: instructions, notifies: notifies)
        }
        guard filters.count(where: \.notifies) <= 1 else {
            throw CodingFailure("has more than one filter that notifies")
        }
        if !readsNotifications {
            return CompiledProfile(
                settings: settings, digest: digest, auditArchitecture: architecture,
                filters: filters, encodedNotifications: reader.rest)
        }
        return CompiledProfile(
            settings: settings, digest: digest, auditArchitecture: architecture, filters: filters,
            notifications: try readNotifications(reader.rest))
    }

    /// The last part of a body.
    static func readNotifications(
        _ bytes: ArraySlice<UInt8>
    ) throws(CodingFailure) -> [NotificationRule] {
        var reader = ByteReader(bytes)
        let notifications = try reader.readList(itemBytes: 28, readRule)
        guard reader.restCount == 0 else { throw CodingFailure("has bytes after its end") }
        return notifications
    }

    private static func readInstruction(
        _ reader: inout ByteReader
    ) throws(CodingFailure) -> BPFInstruction {
        let code = try reader.readInteger16()
        let jumpTrue = try reader.readByte()
        let jumpFalse = try reader.readByte()
        return BPFInstruction(
            code: code, jumpTrue: jumpTrue, jumpFalse: jumpFalse,
            operand: try reader.readInteger32())
    }

    private static func write(_ rule: NotificationRule, to writer: inout ByteWriter) {
        writer.write(UInt32(bitPattern: rule.systemCall))
        writer.write(rule.name)
        writer.write(list: rule.conditions) { condition, writer in
            writer.write(condition.index)
            writer.write(condition.mask)
            writer.write(condition.value)
            writer.write(condition.isNegated)
        }
        writer.write(UInt32(bitPattern: rule.errorNumber))
        writer.write(rule.rule)
        writer.write(rule.hint)
        writer.write(list: rule.arguments) { kind, writer in writer.write(kind.rawValue) }
    }

    private static func readRule(
        _ reader: inout ByteReader
    ) throws(CodingFailure) -> NotificationRule {
        let systemCall = try reader.readInteger32()
        let name = try reader.readString()
        let conditions = try reader.readList(itemBytes: 18) {
            (reader: inout ByteReader) throws(CodingFailure) in
            let index = try reader.readByte()
            let mask = try reader.readInteger64()
            let value = try reader.readInteger64()
            guard index < 6 else { throw CodingFailure("names a seventh argument of a call") }
            return ArgumentCondition(
                index: index, mask: mask, value: value, isNegated: try reader.readFlag())
        }
        let errorNumber = try reader.readInteger32()
        let rule = try reader.readString()
        let hint = try reader.readString()
        let arguments = try reader.readList(itemBytes: 1) {
            (reader: inout ByteReader) throws(CodingFailure) in
            guard let kind = ArgumentKind(rawValue: try reader.readByte()) else {
                throw CodingFailure("has an unknown kind of argument")
            }
            return kind
        }
        return NotificationRule(
            systemCall: Int32(bitPattern: systemCall), name: name, conditions: conditions,
            errorNumber: Int32(bitPattern: errorNumber), rule: rule, hint: hint,
            arguments: arguments)
    }

    /// FNV-1a, 64 bits.
    package static func checksum(_ bytes: ArraySlice<UInt8>) -> UInt64 {
        var hash: UInt64 = 0xcbf2_9ce4_8422_2325
        for byte in bytes { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01b3 }
        return hash
    }
}
