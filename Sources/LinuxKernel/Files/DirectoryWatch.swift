internal import CLinux
internal import Glibc

/// Tells what happens in directories (`inotify(7)`).
package struct DirectoryWatch: ~Copyable, Sendable {
    package let descriptor: OwnedDescriptor

    /// - Parameter user: as whose it counts: the kernel has few of them for each user. For programs
    ///   of one thread.
    package init(user: UInt32) throws(SystemError) {
        descriptor = OwnedDescriptor(
            owning: Int32(try SystemCall.perform("inotify_init1") { lx_inotify(user) }))
    }

    /// Watches an open directory; the number comes with its events.
    package borrowing func add(
        _ directory: borrowing OwnedDescriptor, path: String
    ) throws(SystemError) -> Int32 {
        let watcher = descriptor.raw
        let raw = directory.raw
        return Int32(
            try SystemCall.perform("inotify_add_watch", path) {
                lx_inotify_watch(watcher, raw, LX_WATCHED_EVENTS)
            })
    }

    package struct Event: Sendable, Equatable {
        package enum Kind: Sendable, Equatable {
            case create, write, remove, renamedFrom, renamedTo, changedMode, overflow, gone
        }
        package var watch: Int32
        package var kind: Kind
        package var isDirectory: Bool
        package var name: String
    }

    /// What has happened, without waiting.
    package borrowing func events() -> [Event] {
        var events: [Event] = []
        var buffer = [UInt8](repeating: 0, count: 65536)
        while true {
            let count = read(descriptor.raw, &buffer, buffer.count)
            guard count > 0 else { return events }
            var place = 0
            while place + 16 <= count {
                let (event, size) = Self.decode(buffer[place..<count])
                if let event { events.append(event) }
                place += size
            }
        }
    }

    /// `struct inotify_event`: watch, mask, cookie, length, name.
    private static func decode(_ bytes: ArraySlice<UInt8>) -> (Event?, Int) {
        func number(_ offset: Int) -> UInt32 {
            (0..<4).reduce(0) { $0 | UInt32(bytes[bytes.startIndex + offset + $1]) << ($1 * 8) }
        }
        let length = Int(number(12))
        let name = bytes.dropFirst(16).prefix(length).prefix { $0 != 0 }
        let mask = number(4)
        guard let kind = kind(of: mask) else { return (nil, 16 + length) }
        let event = Event(
            watch: Int32(bitPattern: number(0)), kind: kind, isDirectory: mask & 0x4000_0000 != 0,
            name: String(decoding: name, as: UTF8.self))
        return (event, 16 + length)
    }

    private static func kind(of mask: UInt32) -> Event.Kind? {
        if mask & 0x4000 != 0 { return .overflow }
        if mask & 0x400 != 0 || mask & 0x8000 != 0 { return .gone }
        if mask & 0x100 != 0 { return .create }
        if mask & 0x2 != 0 { return .write }
        if mask & 0x200 != 0 { return .remove }
        if mask & 0x40 != 0 { return .renamedFrom }
        if mask & 0x80 != 0 { return .renamedTo }
        if mask & 0x4 != 0 { return .changedMode }
        return nil
    }
}
