import RunModel
import Testing

@Suite struct QuantityTests {
    @Test(
        arguments: [
            ("512MiB", 512 << 20), ("1.5GiB", 3 << 29), ("64KiB", 65536), ("7", 7), ("7B", 7),
            ("0.001KiB", 1), ("16777215TiB", 16_777_215 << 40),
        ] as [(String, UInt64)])
    func sizesAreRead(text: String, bytes: UInt64) throws {
        #expect(try Quantity.bytes(text) == bytes)
    }

    @Test(
        arguments: [("90s", 90_000), ("250ms", 250), ("10m", 600_000), ("1.5h", 5_400_000)]
            as [(String, UInt64)])
    func timesAreRead(text: String, milliseconds: UInt64) throws {
        #expect(try Quantity.milliseconds(text) == milliseconds)
    }

    @Test(arguments: [
        "", "MiB", "12MB", "12 MiB", "-1MiB", "1e9", "0x10", "1.2.3KiB", "1.KiB", ".5KiB",
        "1.1234KiB", "99999999999999999999B", "16777216TiB", "0MiB", "٣MiB",
    ])
    func wrongSizesAreRefused(text: String) {
        #expect(throws: QuantityError.self) { try Quantity.bytes(text) }
    }

    @Test(arguments: ["", "10", "10min", "5 s", "-3s", "0s", "1d", "999999999999999999h"])
    func wrongTimesAreRefused(text: String) {
        #expect(throws: QuantityError.self) { try Quantity.milliseconds(text) }
    }

    @Test func theErrorSaysWhatToWrite() {
        let error = #expect(throws: QuantityError.self) { try Quantity.bytes("2GB") }
        #expect(error?.description.contains("KiB, MiB, GiB") == true)
    }

    @Test(arguments: [1, 1024, 1536, 3 << 30, 1 << 40, 12345] as [UInt64])
    func describedSizesReadBack(bytes: UInt64) throws {
        #expect(try Quantity.bytes(Quantity.describe(bytes: bytes)) == bytes)
        #expect(try Quantity.milliseconds(Quantity.describe(milliseconds: bytes)) == bytes)
    }

    @Test func theNearestNameIsFound() {
        let names = ["memory", "processes", "wall"]
        #expect(nearestName(to: "memroy", among: names) == "memory")
        #expect(nearestName(to: "wal", among: names) == "wall")
        #expect(nearestName(to: "network", among: names) == nil)
        #expect(nearestName(to: "buidl", among: ["build", "debug", "strict"]) == "build")
    }
}
