/// Sees that a model goes round in circles: the same call, or a cycle of calls, on the same tree.
struct LoopDetector: Sendable {
    /// The same call so often on the same tree.
    private static let repeatLimit = 3
    /// A cycle of two or three calls so often in a row.
    private static let cycleLimit = 3

    private var calls: [String] = []

    /// - Returns: what is repeated, when it is.
    mutating func add(tool: String, arguments: String, tree: String) -> String? {
        let call = "\(tool) \(arguments) \(tree)"
        calls.append(call)
        if calls.count(where: { $0 == call }) > Self.repeatLimit {
            return "the same `\(tool)` \(Self.repeatLimit + 1) times without a change between"
        }
        for length in 2...3 {
            let needed = length * Self.cycleLimit
            guard calls.count >= needed else { continue }
            let tail = Array(calls.suffix(needed))
            let isCycle = (length..<needed).allSatisfy { tail[$0] == tail[$0 - length] }
            if isCycle { return "a cycle of \(length) calls, \(Self.cycleLimit) times" }
        }
        return nil
    }
}
