import Glibc
import Testing

@testable import SourceSyntax

@Suite struct SyntaxQueryTests {
    private static func processorSeconds() -> Double {
        var time = timespec()
        clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
        return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
    }

    /// Every statement may be in every one of the twelve lists: the library compares each candidate
    /// with each and looks at the clock after a hundred nodes. In processor time, as other tests
    /// run beside.
    @Test func aQueryMadeToExplodeEndsInBoundedTime() throws {
        let stars = (0..<12).map { "(expression_statement)* @a\($0)" }.joined(separator: " ")
        let query = try SyntaxQuery("(module \(stars)) @finding", language: .python)
        let source = Array(String(repeating: "f()\n", count: 4_000).utf8)
        let start = Self.processorSeconds()
        #expect(throws: SyntaxQueryFailure.self) {
            try query.matches(in: source) { _, _ in true }
        }
        let seconds = Self.processorSeconds() - start
        #expect(seconds < 6, "\(seconds) s")
    }

    @Test func nestedCallsAreNoExplosion() throws {
        let query = try SyntaxQuery(
            "(call function: (identifier) @f arguments: (argument_list (_)* @a)) @finding",
            language: .python)
        let depth = 100
        let source = String(repeating: "f(", count: depth) + String(repeating: ")", count: depth)
        let found = try query.matches(in: Array((source + "\n").utf8)) { _, _ in true }
        #expect(found.count >= depth)
    }
}
