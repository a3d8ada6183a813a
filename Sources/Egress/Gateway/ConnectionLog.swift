package import RunModel
internal import Synchronization

/// What was tried, in order, for the run report. Bounded: a workload that knocks without end fills
/// counters, not memory.
package final class ConnectionLog: Sendable {
    package static let capacity = 4096

    private struct State {
        var records: [ConnectionRecord] = []
        var leftOut = 0
    }
    private let state = Mutex(State())

    package init() {}

    package func append(_ record: ConnectionRecord) {
        state.withLock { state in
            guard state.records.count < Self.capacity else {
                state.leftOut += 1
                return
            }
            state.records.append(record)
        }
    }

    package func refuse(_ host: String, address: IPAddress? = nil, port: UInt16, rule: String) {
        append(
            ConnectionRecord(
                host: host, address: address?.description, port: Int(port), verdict: "refused",
                rule: rule))
    }

    /// All records, and one more that counts what was left out.
    package var records: [ConnectionRecord] {
        state.withLock { state in
            guard state.leftOut > 0 else { return state.records }
            return state.records + [
                ConnectionRecord(
                    host: "*", address: nil, port: 0, verdict: "refused",
                    rule: "\(state.leftOut) more connections were not recorded")
            ]
        }
    }
}
