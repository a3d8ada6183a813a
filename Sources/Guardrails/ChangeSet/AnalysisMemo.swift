internal import Synchronization

/// Values that several rules need of one file version, computed once per judgement.
///
/// Keyed by kind of value, side and path: `memo.value(Census.self, .head, path) { ... }`.
package final class AnalysisMemo: Sendable {
    private struct Key: Hashable {
        var kind: ObjectIdentifier
        var side: TreeSide
        var path: String
    }

    /// One value, made by whoever asks first; the others wait.
    private final class Cell: Sendable {
        let value = Mutex<(any Sendable)?>(nil)
    }

    private let cells = Mutex<[Key: Cell]>([:])

    package init() {}

    /// The stored value, or the result of `compute`, which is then stored.
    ///
    /// Callers at the same time wait for the first; `compute` must not ask for the same value.
    package func value<Value: Sendable, Failure: Error>(
        _ kind: Value.Type, _ side: TreeSide, _ path: String,
        compute: () throws(Failure) -> Value
    ) throws(Failure) -> Value {
        let key = Key(kind: ObjectIdentifier(kind), side: side, path: path)
        let cell = cells.withLock { cells in
            if let known = cells[key] { return known }
            let fresh = Cell()
            cells[key] = fresh
            return fresh
        }
        return try cell.value.withLock { (value) throws(Failure) -> Value in
            if let known = value as? Value { return known }
            let fresh = try compute()
            value = fresh
            return fresh
        }
    }
}
