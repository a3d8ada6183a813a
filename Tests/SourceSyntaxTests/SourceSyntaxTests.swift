import Foundation
import Testing

@testable import SourceSyntax

@Test func dump() throws {
    let f = ProcessInfo.processInfo.environment["DUMP"]!
    let l = SyntaxLanguage(rawValue: ProcessInfo.processInfo.environment["DUMPL"]!)!
    let source = try ParsedSource(Array(try Data(contentsOf: URL(fileURLWithPath: f))), language: l)
    for n in source.nodes {
        var d = 0; var p = n.parent; while p >= 0 { d += 1; p = source.nodes[Int(p)].parent }
        let leaf = source.text(of: n).split(separator: "\n").first.map(String.init) ?? ""
        print(
            String(repeating: "  ", count: d)
                + (n.field != 0 ? source.grammar.fields[Int(n.field)] + ": " : "")
                + source.kind(of: n) + "  «" + leaf.prefix(50) + "»")
    }
    let s0 = ContinuousClock.now
    for _ in 0..<100 { _ = try ParsedSource(source.bytes, language: l) }
    print(ContinuousClock.now - s0, source.bytes.count, source.nodes.count)
}
