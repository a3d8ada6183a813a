import Guardrails
import RunModel
import Testing

@Suite("Files that cannot be read as text")
struct BinaryFileTests {
    private static let old = ExampleFile(bytes: [0x1F, 0x8B, 0, 0, 1])
    private static let new = ExampleFile(bytes: [0x1F, 0x8B, 0, 0, 2])

    @Test(
        "an archive of the documentation may be packed again; what is new, or runs, is looked at",
        arguments: [
            ("docs/sets/Calc.tgz", true, GateVerdict.pass),
            ("docs/sets/Calc.tgz", false, .review),
            ("docs/sets/calc.so", true, .review),
            ("release/Calc.tgz", true, .review),
        ])
    func archive(path: String, wasThere: Bool, verdict: GateVerdict) async throws {
        let gate = Gate(policy: try PolicyLoader.shipped("default"), today: "2026-01-01")
        let report = try await gate.judge(
            base: "base", head: "head", baseTree: MemoryTreeReader.baseTree,
            headTree: MemoryTreeReader.headTree,
            reader: MemoryTreeReader(
                base: wasThere ? [path: Self.old] : [:], head: [path: Self.new]))
        #expect(report.verdict == verdict, "\(report.findings)")
    }
}
