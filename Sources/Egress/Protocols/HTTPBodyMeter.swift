/// How much of a stream belongs to a message's body: what comes after it is another message.
package struct HTTPBodyMeter: Sendable {
    private enum State: Sendable {
        case counted(UInt64)
        case chunkSize([UInt8])
        case chunkData(UInt64)
        case chunkEnd([UInt8])
        case trailer([UInt8])
        case done
    }
    private var state: State
    /// Servers may end a body with fields; they are passed over.
    private let allowsTrailers: Bool

    package init(_ body: HTTPRequestHead.Body, allowsTrailers: Bool = false) {
        self.allowsTrailers = allowsTrailers
        state =
            switch body {
            case .none: .done
            case .length(let count): .counted(count)
            case .chunked: .chunkSize([])
            }
    }

    package var isDone: Bool {
        if case .done = state { return true }
        return false
    }

    /// - Parameter payload: receives what the body says, without its framing.
    /// - Returns: how many of the bytes belong to the body; `nil` when its framing is malformed.
    package mutating func take(
        _ bytes: ArraySlice<UInt8>, payload: (ArraySlice<UInt8>) -> Void = { _ in }
    ) -> Int? {
        var taken = 0
        var rest = bytes
        while let byte = rest.first {
            switch state {
            case .done: return taken
            case .counted(let left):
                let count = Int(min(left, UInt64(rest.count)))
                payload(rest.prefix(count))
                rest = rest.dropFirst(count)
                taken += count
                state = left == UInt64(count) ? .done : .counted(left - UInt64(count))
            case .chunkData(let left):
                let count = Int(min(left, UInt64(rest.count)))
                payload(rest.prefix(count))
                rest = rest.dropFirst(count)
                taken += count
                state = left == UInt64(count) ? .chunkEnd([]) : .chunkData(left - UInt64(count))
            case .chunkEnd(var line):
                rest = rest.dropFirst()
                taken += 1
                line.append(byte)
                guard line == [13] || line == [13, 10] else { return nil }
                state = line.count == 2 ? .chunkSize([]) : .chunkEnd(line)
            case .chunkSize(var line):
                rest = rest.dropFirst()
                taken += 1
                line.append(byte)
                guard line.count <= (allowsTrailers ? 1024 : 20) else { return nil }
                state = .chunkSize(line)
                guard byte == 10 else { continue }
                guard line.count >= 3, line[line.count - 2] == 13,
                    let size = chunkSize(line.dropLast(2)), size < 1 << 60
                else { return nil }
                state = size == 0 ? .trailer([]) : .chunkData(size)
            case .trailer(var line):
                rest = rest.dropFirst()
                taken += 1
                line.append(byte)
                if line == [13, 10] {
                    state = .done
                } else if allowsTrailers, line.count <= 8 << 10 {
                    state = .trailer(byte == 10 ? [] : line)
                } else {
                    // Of a request only the empty line is accepted.
                    guard line == [13] else { return nil }
                    state = .trailer(line)
                }
            }
        }
        return taken
    }

    /// Digits only; a server may add extensions, which say nothing about the length.
    private func chunkSize(_ line: ArraySlice<UInt8>) -> UInt64? {
        let digits = allowsTrailers ? line.prefix { $0 != UInt8(ascii: ";") && $0 != 32 } : line
        guard !digits.isEmpty,
            digits.allSatisfy({
                (48...57).contains($0) || (65...70).contains($0) || (97...102).contains($0)
            })
        else { return nil }
        return UInt64(String(decoding: digits, as: UTF8.self), radix: 16)
    }
}
