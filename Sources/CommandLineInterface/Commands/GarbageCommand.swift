internal import ArgumentParser
internal import Foundation
internal import Orchestration
internal import RunModel

/// `drydock gc`.
struct GarbageCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "gc",
        abstract: "Removes what killed runs left behind, and keeps the tree cache within its size.")

    @Flag(help: "Rehash every cached file instead of a sample.")
    var verify = false

    @Option(help: "The most that cached trees may take, such as 20GiB.")
    var cacheSize: String?

    @OptionGroup var data: DataOption

    @Option(help: "How long the service's jobs are kept after their end.")
    var keep = "720h"

    @Option(help: "The most that the jobs' artifacts may take.")
    var keepSize = "20GiB"

    func run() async throws {
        do {
            var retention = Retention()
            retention.ageMilliseconds = try Quantity.milliseconds(keep)
            retention.artifactBytes = Int(clamping: try Quantity.bytes(keepSize))
            if let line = try await retention.collect(
                data: data.data == nil ? nil : data.directory())
            {
                print(line)
            }
            var byteLimit = GarbageCollection.standardByteLimit
            if let cacheSize { byteLimit = Int(clamping: try Quantity.bytes(cacheSize)) }
            let collection = try GarbageCollection(byteLimit: byteLimit, verifiesAll: verify)
            for line in collection.lines { print(line) }
        } catch {
            FileHandle.standardError.write(Data("drydock gc: \(error)\n".utf8))
            throw ExitCode(2)
        }
    }
}
