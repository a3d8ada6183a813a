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

    private let values = Mutex<[Key: any Sendable]>([:])

    package init() {}

    /// The stored value, or the result of `compute`, which is then stored.
    ///
    /// Two callers at the same time may both compute; the first result is kept.
    package func value<Value: Sendable, Failure: Error>(
        _ kind: Value.Type, _ side: TreeSide, _ path: String,
        compute: () throws(Failure) -> Value
    ) throws(Failure) -> Value {
        let key = Key(kind: ObjectIdentifier(kind), side: side, path: path)
        if let known = values.withLock({ $0[key] }) as? Value { return known }
        let fresh = try compute()
        return values.withLock { table in
            if let known = table[key] as? Value { return known }
            table[key] = fresh
            return fresh
        }
    }
}
