/// Bounds what an expression of a policy may cost to compile.
///
/// Matching is linear whatever the expression, compiling is not: counted repetitions within each
/// other multiply the automaton.
enum PatternCost {
    private static let lengthMax = 1_024
    private static let repetitionsMax = 10_000

    /// - Returns: what is wrong, or `nil`.
    static func objection(to expression: String) -> String? {
        guard expression.utf8.count <= lengthMax else {
            return "is longer than \(lengthMax) bytes"
        }
        var product = 1
        for part in expression.split(separator: "{").dropFirst() {
            guard let end = part.firstIndex(of: "}") else { continue }
            let counts = part[..<end].split(separator: ",").compactMap { Int($0) }
            guard let largest = counts.max() else { continue }
            let (next, overflow) = product.multipliedReportingOverflow(by: max(largest, 1))
            product = next
            guard !overflow, product <= repetitionsMax else {
                return "repeats more than \(repetitionsMax) times"
            }
        }
        return nil
    }
}
