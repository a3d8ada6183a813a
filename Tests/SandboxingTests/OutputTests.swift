import RunModel
import Testing

@testable import Sandboxing

@Suite struct OutputTests {
    @Test func streamsAreKeptApart() throws {
        let result = try TestSandbox.run(TestSandbox.shell("echo out; echo err >&2"))
        #expect(String(decoding: result.standardOutput, as: UTF8.self) == "out\n")
        #expect(String(decoding: result.standardError, as: UTF8.self) == "err\n")
        #expect(result.report.stdout.bytes == 4)
    }

    /// More than two pipes hold, on both streams in turn: a reader of one would never end.
    @Test func undrainedPipesDoNotDeadlock() throws {
        let result = try TestSandbox.run(
            TestSandbox.shell(
                "for i in 1 2 3 4; do head -c 200000 /dev/zero; head -c 200000 /dev/zero >&2; done")
        )
        #expect(result.report.stdout.bytes == 800_000)
        #expect(result.report.stderr.bytes == 800_000)
        #expect(result.report.stdout.truncated == false)
    }

    @Test func headAndTailAreKept() throws {
        var request = TestSandbox.shell("echo first; seq 1 20000; echo last")
        request.limits.outputBytes = 4096
        let result = try TestSandbox.run(request)
        let text = String(decoding: result.standardOutput, as: UTF8.self)
        #expect(text.hasPrefix("first\n1\n2\n"))
        #expect(text.hasSuffix("20000\nlast\n"))
        #expect(text.contains("bytes left out]"))
        #expect(result.report.stdout.truncated)
        #expect(result.report.outcome == .exited)
        #expect(result.report.limitsHit == ["output"])
    }

    @Test(arguments: [0, 1, 3, 4, 5, 8, 9, 100])
    func captureKeepsExactlyItsLimit(count: Int) {
        var capture = OutputCapture(byteLimit: 8)
        let bytes = (0..<count).map { UInt8($0) }
        for byte in bytes { capture.append([byte]) }
        #expect(capture.byteCount == UInt64(count))
        #expect(capture.isTruncated == (count > 8))
        if count <= 8 { #expect(capture.bytes == bytes) }
        #expect(capture.bytes.prefix(min(6, count)) == bytes.prefix(6))
        #expect(capture.bytes.suffix(min(2, count)) == bytes.suffix(2))
    }

    @Test func standardInputIsFed() throws {
        var request = TestSandbox.request("/usr/bin/wc", "-c")
        request.standardInput = .bytes([UInt8](repeating: 65, count: 300_000))
        let result = try TestSandbox.run(request)
        #expect(String(decoding: result.standardOutput, as: UTF8.self) == "300000\n")
    }

    @Test func inputThatNobodyReadsIsNoError() throws {
        var request = TestSandbox.shell("exec 0<&-; sleep 0.1; echo done")
        request.standardInput = .bytes([UInt8](repeating: 65, count: 1_000_000))
        let result = try TestSandbox.run(request)
        #expect(result.report.exitCode == 0)
        #expect(String(decoding: result.standardOutput, as: UTF8.self) == "done\n")
    }

    @Test func emptyInputEnds() throws {
        #expect(try TestSandbox.output("cat; echo end") == "end\n")
    }

    @Test func aTerminalIsOneOfTheSandboxsOwn() throws {
        var request = TestSandbox.shell("tty; stty size; test -t 0 && test -t 2 && echo yes")
        request.terminal = TerminalSize(rows: 10, columns: 20)
        let result = try TestSandbox.run(request)
        #expect(
            String(decoding: result.standardOutput, as: UTF8.self)
                == "/dev/pts/0\r\n10 20\r\nyes\r\n")
    }
}
