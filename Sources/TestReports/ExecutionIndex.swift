internal import RunModel

/// Where each test was listed last: an open-addressed table of eight bytes an entry, so that a report
/// of a million tests is indexed without keeping every id twice or hashing it again when the table
/// grows.
struct ExecutionIndex {
    private struct Slot {
        /// Half of the id's hash. Swift seeds its hashes anew in each process, so nobody can prepare
        /// ids that meet.
        var fingerprint: UInt32
        /// Where in the results it stands, from 1; 0 in a free slot.
        var place: UInt32
    }

    /// A power of two, at most half of it used.
    private var slots: [Slot] = []
    private var used = 0

    /// - Parameters:
    ///   - position: where this execution will stand in `results`.
    ///   - results: the executions before it, numbered by this function.
    /// - Returns: the number of this execution of the test, from 1.
    mutating func note(_ id: String, at position: Int, in results: [TestResult]) -> Int {
        if 2 * used >= slots.count { grow() }
        let fingerprint = Self.fingerprint(id)
        let index = slot(of: id, fingerprint, in: results)
        let known = slots[index].place
        slots[index] = Slot(fingerprint: fingerprint, place: UInt32(position + 1))
        guard known == 0 else { return results[Int(known) - 1].attempt + 1 }
        used += 1
        return 1
    }

    /// The position of the latest execution of a test.
    func last(_ id: String, in results: [TestResult]) -> Int? {
        guard !slots.isEmpty else { return nil }
        let place = slots[slot(of: id, Self.fingerprint(id), in: results)].place
        return place == 0 ? nil : Int(place) - 1
    }

    /// The test's slot, or the free one where it belongs.
    private func slot(of id: String, _ fingerprint: UInt32, in results: [TestResult]) -> Int {
        var index = Int(fingerprint) & (slots.count - 1)
        while slots[index].place != 0,
            slots[index].fingerprint != fingerprint
                || results[Int(slots[index].place) - 1].id != id
        {
            index = (index + 1) & (slots.count - 1)
        }
        return index
    }

    private mutating func grow() {
        let old = slots
        slots = Array(
            repeating: Slot(fingerprint: 0, place: 0), count: max(64, 2 * old.count))
        for entry in old where entry.place != 0 {
            var index = Int(entry.fingerprint) & (slots.count - 1)
            while slots[index].place != 0 { index = (index + 1) & (slots.count - 1) }
            slots[index] = entry
        }
    }

    private static func fingerprint(_ id: String) -> UInt32 {
        UInt32(truncatingIfNeeded: id.hashValue)
    }
}
