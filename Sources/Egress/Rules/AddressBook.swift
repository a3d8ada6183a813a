package import RunModel
internal import Synchronization

/// Names of one sandbox and the made-up addresses that stand for them inside it.
///
/// An address says nothing about the real one: it is handed out in order of asking, from the
/// benchmarking block (RFC 2544), which is never routed, and means a name only inside this sandbox.
package final class AddressBook: Sendable {
    /// The resolver's own address, inside the sandbox.
    package static let resolver: [UInt8] = [198, 18, 0, 1]
    /// The block that is local inside the sandbox.
    package static let blockText = "198.18.0.0/15"
    /// More names than this are refused: a table that a workload can fill without end is a leak.
    package static let capacity = 65_000

    private struct Tables {
        var byName: [HostName: UInt32] = [:]
        var names: [HostName] = []
    }
    private let tables = Mutex(Tables())

    package init() {}

    /// The address that stands for `name`; `nil` when the table is full.
    package func address(for name: HostName) -> IPAddress? {
        let index: UInt32? = tables.withLock { tables in
            if let known = tables.byName[name] { return known }
            guard tables.names.count < Self.capacity else { return nil }
            let index = UInt32(tables.names.count)
            tables.byName[name] = index
            tables.names.append(name)
            return index
        }
        guard let index else { return nil }
        // From 198.18.1.0: the first 256 are the gateway's own.
        let value = UInt32(198) << 24 | UInt32(18) << 16 | (index + 256)
        return IPAddress(bytes: [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: value >> $0) })
    }

    /// All names that have an address, with it.
    package var entries: [(name: HostName, address: IPAddress)] {
        tables.withLock { $0.names }.compactMap { name in address(for: name).map { (name, $0) } }
    }

    package func name(for address: IPAddress) -> HostName? {
        guard address.isVersion4 else { return nil }
        let value = address.bytes.reduce(UInt32(0)) { $0 << 8 | UInt32($1) }
        let base = UInt32(198) << 24 | UInt32(18) << 16 | 256
        guard value >= base else { return nil }
        return tables.withLock { tables in
            let index = Int(value - base)
            return index < tables.names.count ? tables.names[index] : nil
        }
    }
}
