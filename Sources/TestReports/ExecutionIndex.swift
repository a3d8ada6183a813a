/// Where each test was listed last and how often, keyed by the hash of its id: a report of a million
/// tests is indexed without keeping every id twice or hashing it again when the table grows.
struct ExecutionIndex {
    private struct Entry {
        var count: Int
        var last: Int
    }

    private var entries: [Int: Entry] = [:]
    /// Ids whose hash another id has. Swift's hashes are seeded anew in each process, so nobody can
    /// prepare many.
    private var collisions: [String: Entry] = [:]

    /// - Parameters:
    ///   - position: where this execution will stand.
    ///   - idAt: the id of the execution at an earlier position.
    /// - Returns: the number of this execution of the test, from 1.
    mutating func note(_ id: String, at position: Int, idAt: (Int) -> String) -> Int {
        let hash = id.hashValue
        guard let known = entries[hash] else {
            entries[hash] = Entry(count: 1, last: position)
            return 1
        }
        if idAt(known.last) == id {
            entries[hash] = Entry(count: known.count + 1, last: position)
            return known.count + 1
        }
        let count = (collisions[id]?.count ?? 0) + 1
        collisions[id] = Entry(count: count, last: position)
        return count
    }

    /// The position of the latest execution of a test.
    func last(_ id: String, idAt: (Int) -> String) -> Int? {
        if let known = entries[id.hashValue], idAt(known.last) == id { return known.last }
        return collisions[id]?.last
    }
}
