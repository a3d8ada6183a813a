import Foundation

/// A repository of equal small files, written by git's own fast import.
struct SyntheticRepository {
    let path: String

    /// - Parameters:
    ///   - files: of 4 KiB each, a hundred to a directory.
    init(at path: String, files: Int) throws {
        self.path = path
        try Command.run(["git", "init", "--quiet", "--initial-branch=main", path], in: "/")
        var stream = Data("commit refs/heads/main\ncommitter B <b@b> 0 +0000\ndata 1\nb\n".utf8)
        for index in 0..<files {
            let name = String(format: "d%03d/f%05d", index / 100, index)
            stream += Self.file(name, "\(index)")
        }
        try Command.run(["git", "fast-import", "--quiet"], in: path, input: stream)
    }

    /// One that was made before.
    init(existing path: String) { self.path = path }

    /// Adds a commit in which ten files differ.
    func commitTenChanges(_ round: Int) throws {
        var stream = Data(
            "commit refs/heads/main\ncommitter B <b@b> \(round) +0000\ndata 1\nb\n".utf8)
        stream += Data("from refs/heads/main^0\n".utf8)
        for index in 0..<10 {
            stream += Self.file(String(format: "d%03d/f%05d", 0, index), "round \(round) \(index)")
        }
        try Command.run(["git", "fast-import", "--quiet"], in: path, input: stream)
    }

    private static func file(_ name: String, _ seed: String) -> Data {
        let line = "content of \(seed)\n"
        let text = String(repeating: line, count: 4096 / line.utf8.count + 1).utf8.prefix(4096)
        return Data("M 100644 inline \(name)\ndata 4096\n".utf8) + Data(text) + Data("\n".utf8)
    }
}

/// Runs a peer.
enum Command {
    struct Failure: Error { let text: String }

    @discardableResult
    static func run(
        _ arguments: [String], in directory: String, input: Data? = nil
    ) throws -> String {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = arguments
        process.currentDirectoryURL = URL(fileURLWithPath: directory)
        let (source, output) = (Pipe(), Pipe())
        process.standardInput = source
        process.standardOutput = output
        process.standardError = FileHandle.nullDevice
        try process.run()
        try source.fileHandleForWriting.write(contentsOf: input ?? Data())
        try source.fileHandleForWriting.close()
        let text = output.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        guard process.terminationStatus == 0 else {
            throw Failure(text: "\(arguments) ended with \(process.terminationStatus)")
        }
        return String(decoding: text, as: UTF8.self)
    }
}
