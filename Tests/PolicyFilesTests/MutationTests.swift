import Foundation
import PolicyFiles
import TestSupport
import Testing

/// Files come from repositories nobody vetted: whatever they hold ends in a value or in an error.
@Suite struct MutationTests {
    static let root = #filePath.replacing("/Tests/PolicyFilesTests/MutationTests.swift", with: "")

    /// Bytes that mean something in YAML, and some that must not be there.
    static let meaningful = Array("{}[]:,-?&*!|>%@`'\"#\n\t ~<=.0".utf8) + [0, 0x7F, 0xC3, 0xFF]

    @Test(arguments: ["seccomp/debug", "sandbox/build", "sandbox/strict"])
    func damagedFilesEndInAValueOrAnError(name: String) throws {
        let original = Array(
            try Data(contentsOf: URL(fileURLWithPath: "\(Self.root)/Policies/\(name).yaml")))
        let isLong = ProcessInfo.processInfo.environment["DRYDOCK_LONG"] != nil
        var generator = SeededGenerator(seed: 1)
        var (values, errors) = (0, 0)
        for _ in 0..<(isLong ? 20_000 : 600) {
            var bytes = original
            for _ in 0..<Int.random(in: 1...6, using: &generator) {
                let place = Int.random(in: 0..<bytes.count, using: &generator)
                switch Int.random(in: 0..<4, using: &generator) {
                case 0: bytes.remove(at: place)
                case 1: bytes[place] = Self.meaningful.randomElement(using: &generator) ?? 0
                case 2:
                    bytes.insert(Self.meaningful.randomElement(using: &generator) ?? 0, at: place)
                default: bytes.removeSubrange(place..<min(bytes.count, place + 40))
                }
            }
            do throws(PolicyFileError) {
                let node = try YAMLReader.read(try PolicyText(name: "mutant", bytes: bytes))
                _ = try PolicyDecoder.decode(ProjectConfiguration.self, from: node, file: "mutant")
                values += 1
            } catch {
                #expect(!error.description.isEmpty)
                errors += 1
            }
        }
        #expect(values + errors > 0 && errors > values)
    }
}
