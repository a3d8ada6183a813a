import Foundation
import GitWorktrees
import RunModel
import TestSupport
import Testing

@testable import Orchestration

/// Forks of a session while something runs in it.
@Suite struct WorkbenchForkTests {
    @Test func aRunningSessionStandsStillForItsFork() async throws {
        try await withTemporaryDirectory { directory in
            let source = try GitCommandLine.create(at: directory + "/source")
            try source.commit(["a": "1\n", "d/gone": "x\n"])
            let bench = try Workbench(
                host: try ExecutionHost(), directory: StateDirectory(path: directory + "/state"),
                operatorFiles: OperatorFiles(directory: directory + "/operator"))
            let session = try await bench.open(repository: source.directory, revision: "HEAD").id
            var work = WorkRun([
                "python3", "-uc",
                // Two files that are written one after the other, each whole at every moment.
                """
                import os, shutil, time
                shutil.rmtree("d"); open("a", "w").write("2\\n")
                os.mkdir("n"); os.mkfifo("n/pipe"); os.mkfifo("pipe")
                end, i = time.monotonic() + 100, 0
                while time.monotonic() < end:
                    i += 1
                    for name in ("one", "two"):
                        open(".new", "w").write(f"{i}\\n"); os.rename(".new", name)
                    if i == 1: print("ready")
                    time.sleep(0.0005)
                print("ended")
                """,
            ])
            work.session = session
            let writing = work
            let (ready, signal) = AsyncStream.makeStream(of: Void.self)
            let running = Task {
                try await bench.run(writing) { _, bytes in
                    if String(decoding: bytes, as: UTF8.self).contains("ready") { signal.yield() }
                }
            }
            for await _ in ready { break }
            var forks: [String] = []
            for _ in 0..<3 {
                forks += try await bench.makeForks(of: session, count: 2)
                try await Task.sleep(for: .milliseconds(50))
            }
            // Nobody waited for its end, and it goes on.
            #expect(bench.turns.control(of: session) != nil)
            running.cancel()
            let result = try await running.value
            #expect(result.report.outcome == .cancelled)
            #expect(Set(forks).count == 6)
            var seen: Set<String> = []
            for fork in forks {
                let changes = try await bench.changes(of: fork)
                #expect(changes.lists.modified == ["a"] && changes.lists.deleted == ["d/gone"])
                #expect(changes.lists.special.isEmpty)
                var look = WorkRun(["sh", "-c", "cat one two; ls -A n; echo own > mine; ls"])
                look.session = fork
                let output = String(
                    decoding: try await bench.run(look).standardOutput, as: UTF8.self)
                let lines = output.split(separator: "\n").map(String.init)
                let (one, two) = (
                    Int(lines.first ?? "") ?? 0, Int(lines.dropFirst().first ?? "") ?? 0
                )
                #expect(one > 0 && (one == two || one == two + 1), "\(output)")
                #expect(
                    lines.count == 7,
                    "what no layer can hold is not there, under any name: \(output)")
                #expect(lines.suffix(5) == ["a", "mine", "n", "one", "two"], "\(output)")
                #expect(!lines.contains("d"), "\(output)")
                seen.insert("\(one)")
            }
            #expect(seen.count > 1, "the forks were made at different moments: \(seen)")
            let standing = try await bench.changes(of: session)
            #expect(!standing.lists.added.contains("mine"), "a fork is independent")
        }
    }
}
