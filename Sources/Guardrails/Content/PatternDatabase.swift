internal import CHyperscan
internal import Glibc

/// Expressions compiled into one automaton, immutable and usable from several threads.
///
/// Hyperscan never backtracks: scanning takes time linear in the text whatever the expressions, and
/// an expression that would need too large an automaton is refused when compiled.
final class PatternDatabase: @unchecked Sendable {
    // SAFETY: a compiled database is read-only; Hyperscan permits concurrent scans of it, each with
    // a scratch of its own. `deinit` frees it after the last user let go.
    private let handle: OpaquePointer

    /// Where an expression matched: its index and the offset after its last byte.
    struct Hit {
        var pattern: UInt32
        var end: UInt32
    }

    struct Expression {
        var text: String
        var ignoresCase: Bool
    }

    private init(handle: OpaquePointer) { self.handle = handle }

    deinit { hs_free_database(handle) }

    /// - Throws: `PatternError` that names the first expression that Hyperscan refuses.
    static func compile(_ expressions: [Expression]) throws(PatternError) -> PatternDatabase {
        guard let first = expressions.first else {
            throw PatternError(expression: "", reason: "there is no expression")
        }
        var database: OpaquePointer?
        var failure: UnsafeMutablePointer<hs_compile_error_t>?
        let texts = expressions.map { strdup($0.text) }
        defer { texts.forEach { free($0) } }
        let pointers = texts.map { UnsafePointer($0) }
        let flags = expressions.map {
            UInt32(HS_FLAG_MULTILINE) | ($0.ignoresCase ? UInt32(HS_FLAG_CASELESS) : 0)
        }
        let identifiers = expressions.indices.map { UInt32($0) }
        let status = hs_compile_multi(
            pointers, flags, identifiers, UInt32(expressions.count), UInt32(HS_MODE_BLOCK), nil,
            &database, &failure)
        defer { hs_free_compile_error(failure) }
        guard status == HS_SUCCESS, let database else {
            let index = failure.map { Int($0.pointee.expression) } ?? -1
            throw PatternError(
                expression: expressions.indices.contains(index)
                    ? expressions[index].text : first.text,
                reason: failure.flatMap { $0.pointee.message.map { String(cString: $0) } }
                    ?? "Hyperscan failed with status \(status)")
        }
        return PatternDatabase(handle: database)
    }

    /// Restores what `serialised()` gave on a machine with the same processor features.
    ///
    /// - Returns: `nil` when the bytes are damaged or of another version or platform.
    static func restore(_ bytes: [UInt8]) -> PatternDatabase? {
        var database: OpaquePointer?
        let status = bytes.withUnsafeBytes { buffer in
            hs_deserialize_database(
                buffer.baseAddress?.assumingMemoryBound(to: CChar.self), buffer.count, &database)
        }
        guard status == HS_SUCCESS, let database else { return nil }
        return PatternDatabase(handle: database)
    }

    func serialised() -> [UInt8]? {
        var bytes: UnsafeMutablePointer<CChar>?
        var count = 0
        guard hs_serialize_database(handle, &bytes, &count) == HS_SUCCESS, let bytes else {
            return nil
        }
        defer { free(bytes) }
        return UnsafeRawBufferPointer(start: bytes, count: count).map { $0 }
    }

    /// What a serialised database depends on besides its expressions.
    static var platform: String {
        var information = hs_platform_info_t()
        hs_populate_platform(&information)
        let version = hs_version().map { String(cString: $0) } ?? ""
        return "\(version) tune=\(information.tune) features=\(information.cpu_features)"
    }

    /// Working memory of one scanning thread.
    struct Scratch: ~Copyable {
        fileprivate let handle: OpaquePointer

        fileprivate init?(database: OpaquePointer) {
            var scratch: OpaquePointer?
            guard hs_alloc_scratch(database, &scratch) == HS_SUCCESS, let scratch else {
                return nil
            }
            handle = scratch
        }

        deinit { hs_free_scratch(handle) }
    }

    func makeScratch() -> Scratch? { Scratch(database: handle) }

    /// Appends every hit within `bytes[range]`, offsets relative to `bytes`.
    ///
    /// - Returns: `false` when there were more hits than `hitLimit` or the scan failed: the text
    ///   then counts as unjudged.
    func scan(
        _ bytes: [UInt8], _ range: Range<Int>, scratch: borrowing Scratch, hitLimit: Int,
        into hits: inout [Hit]
    ) -> Bool {
        guard !range.isEmpty else { return true }
        var collector = Collector(hits: hits, limit: hitLimit, offset: UInt32(range.lowerBound))
        hits = []
        let status = bytes.withUnsafeBytes { buffer -> hs_error_t in
            let text = UnsafeRawBufferPointer(rebasing: buffer[range])
            return withUnsafeMutablePointer(to: &collector) { context in
                hs_scan(
                    handle, text.baseAddress?.assumingMemoryBound(to: CChar.self),
                    UInt32(text.count), 0, scratch.handle,
                    { identifier, _, end, _, context in
                        // SAFETY: `context` is the collector of the call below, alive throughout.
                        guard let collector = context?.assumingMemoryBound(to: Collector.self)
                        else { return 1 }
                        return collector.pointee.take(identifier, end)
                    }, context)
            }
        }
        hits = collector.hits
        return status == HS_SUCCESS
    }

    private struct Collector {
        var hits: [Hit]
        let limit: Int
        let offset: UInt32

        mutating func take(_ pattern: UInt32, _ end: UInt64) -> CInt {
            guard hits.count < limit else { return 1 }
            hits.append(Hit(pattern: pattern, end: offset + UInt32(truncatingIfNeeded: end)))
            return 0
        }
    }
}

/// An expression that cannot be compiled.
package struct PatternError: Error, Sendable, Equatable, CustomStringConvertible {
    package var expression: String
    package var reason: String

    package var description: String { "pattern '\(expression)': \(reason)" }
}
