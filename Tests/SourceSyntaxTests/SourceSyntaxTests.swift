import Foundation
import Testing

@testable import SourceSyntax

@Test func dump() throws {
    let f = ProcessInfo.processInfo.environment["DUMP"]!
    for f in f.split(separator: ",").map(String.init) {
        let p = LanguageCatalog.profile(path: f)!
        let c = try TestCensus(
            Array(try Data(contentsOf: URL(fileURLWithPath: f))),
            path: ProcessInfo.processInfo.environment["DUMPAS"] ?? "tests/" + f, profile: p)
        print("=====", f, c.errorBytes)
        for t in c.tests {
            print(
                "TEST", t.identifier, t.line, t.endLine, "cases", t.parameterCases ?? -1, "body",
                t.bodyTokens, t.markers.map { "\($0.kind) \($0.text) [\($0.container ?? "")]" },
                t.expectedError ?? "")
            for a in t.assertions {
                print(
                    "     ", a.line, a.callee, a.isNegated ? "NOT" : "", a.comparison,
                    "«\(a.subject)»",
                    a.expected.map { "«\($0)»\(a.expectsLiteral ? "L" : "")" } ?? "-",
                    a.tolerance ?? "", a.isConstant ? "CONST" : "",
                    a.guardedBy.map { "\($0)" } ?? "")
            }
        }
        print("LOOSE", c.looseAssertions.map { "\($0.callee) \($0.subject)" })
        print("UNDISC", c.undiscovered.map { $0.name })
    }
}
