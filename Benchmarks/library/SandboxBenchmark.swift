import Dispatch
import Glibc
import RunModel
import Sandboxing

/// What a sandbox costs a service that uses the library: prints one JSON object.
///
///     sandbox-benchmark start COUNT RESIDENT_MIB    starts one after the other in a process that fat
///     sandbox-benchmark ready COUNT RESIDENT_MIB    the same in namespaces that were made beforehand
///     sandbox-benchmark pool COUNT RESIDENT_MIB     the same from a pool of prepared sandboxes, in turn
///                                                   with posix_spawn alone
///     sandbox-benchmark throughput COUNT WORKERS    starts back to back, in so many threads
@main
enum SandboxBenchmark {
    static func main() throws {
        let words = CommandLine.arguments.dropFirst()
        guard words.count == 3, let mode = words.first,
            let count = words.dropFirst().first.flatMap(Int.init), count > 0,
            let parameter = words.last.flatMap(Int.init), parameter > 0
        else {
            fail(
                "usage: sandbox-benchmark start|ready|pool|throughput COUNT MIB|WORKERS",
                status: 2)
        }
        switch mode {
        case "start":
            let start = try starter()
            print(summary(try times(count, residentMiB: parameter, [.init(run: start)])[0]))
        case "ready": try ready(count, residentMiB: parameter)
        case "pool": try pool(count, residentMiB: parameter)
        case "throughput": try throughput(count, workers: parameter)
        default: fail("sandbox-benchmark: unknown mode \(mode)", status: 2)
        }
    }

    /// A closure that runs `/bin/true` in a fresh sandbox and fails loudly if it did not.
    private static func starter() throws -> @Sendable () throws -> Void {
        let environment: VariableList = ["PATH": "/usr/local/bin:/usr/bin:/bin"]
        let profile = try CompiledProfileStore(environment: environment).load("build")
        let host = try SandboxHost(
            initPath: SandboxHost.defaultInitPath(), environment: environment)
        return {
            let request = SandboxRequest(command: ["/bin/true"], profile: profile)
            let result = try Sandbox.run(request, on: host)
            guard result.report.exitCode == 0 else { throw Failed(report: result.report) }
        }
    }

    private static func request() throws -> (SandboxRequest, SandboxHost) {
        let environment: VariableList = ["PATH": "/usr/local/bin:/usr/bin:/bin"]
        let profile = try CompiledProfileStore(environment: environment).load("build")
        let host = try SandboxHost(
            initPath: SandboxHost.defaultInitPath(), environment: environment)
        return (SandboxRequest(command: ["/bin/true"], profile: profile), host)
    }

    private static func ready(_ count: Int, residentMiB: Int) throws {
        let (request, host) = try request()
        let place = Place()
        let contender = Contender(
            prepare: {
                place.early = try EarlyNamespaces.begin(network: nil)
                // The clone makes its network namespace by itself.
                settle()
            },
            run: {
                let running = try Sandbox.start(request, on: host, early: place.early.take())
                let result = try running.wait()
                guard result.report.exitCode == 0 else { throw Failed(report: result.report) }
            })
        print(summary(try times(count, residentMiB: residentMiB, [contender])[0]))
    }

    private final class Place {
        var early: EarlyNamespaces?
    }

    private static func pool(_ count: Int, residentMiB: Int) throws {
        let (request, host) = try request()
        let pool = SandboxPool(request, on: host, size: 1)
        defer { pool.close() }
        let pooled = Contender(
            prepare: {
                try pool.fill()
                settle()
            },
            run: {
                let result = try pool.start(["/bin/true"]).wait()
                guard result.report.exitCode == 0 else { throw Failed(report: result.report) }
            })
        let times = try times(
            count, residentMiB: residentMiB, [pooled, Contender(prepare: settle, run: spawn)])
        print("{\"pool\": \(summary(times[0])), \"spawn\": \(summary(times[1]))}")
    }

    /// What is timed, and what is done before that.
    private struct Contender {
        var prepare: () throws -> Void = {}
        var run: () throws -> Void
    }

    /// Gives the kernel the time to take apart what came before, which it does in threads of its own:
    /// for what has something ready, and for the spawn that it is compared with.
    private static func settle() { usleep(2000) }

    private static func spawn() throws {
        var child: pid_t = 0
        var status: Int32 = 0
        var arguments: [UnsafeMutablePointer<CChar>?] = [strdup("/bin/true"), nil]
        defer { free(arguments[0]) }
        guard posix_spawn(&child, "/bin/true", nil, nil, &arguments, nil) == 0,
            waitpid(child, &status, 0) == child, status == 0
        else { throw Failed(report: nil) }
    }

    /// Sorted milliseconds of `count` runs of each contender, which take turns, in a process with that
    /// much memory in use.
    private static func times(
        _ count: Int, residentMiB: Int, _ contenders: [Contender]
    ) throws -> [[Double]] {
        // Every page is written to: what is only reserved costs a fork nothing.
        let ballast = UnsafeMutableRawBufferPointer.allocate(
            byteCount: residentMiB << 20, alignment: 4096)
        defer { ballast.deallocate() }
        for page in stride(from: 0, to: ballast.count, by: 4096) { ballast[page] = 1 }
        var times = contenders.map { _ in [Double]() }
        let warmUps = 5
        for round in 0..<(count + warmUps) {
            for (index, contender) in contenders.enumerated() {
                try contender.prepare()
                let start = DispatchTime.now().uptimeNanoseconds
                try contender.run()
                let taken = Double(DispatchTime.now().uptimeNanoseconds - start) / 1e6
                if round >= warmUps { times[index].append(taken) }
            }
        }
        return times.map { $0.sorted() }
    }

    private static func summary(_ times: [Double]) -> String {
        let (middle, late) = (times[times.count / 2], times[times.count * 99 / 100])
        return "{\"runs\": \(times.count), \"min_ms\": \(times[0]), \"p50_ms\": \(middle), "
            + "\"p99_ms\": \(late)}"
    }

    private static func throughput(_ count: Int, workers: Int) throws {
        let body = try starter()
        let start = DispatchTime.now().uptimeNanoseconds
        DispatchQueue.concurrentPerform(iterations: workers) { _ in
            for _ in 0..<(count / workers) {
                do {
                    try body()
                } catch {
                    fail("sandbox-benchmark: \(error)", status: 1)
                }
            }
        }
        let seconds = Double(DispatchTime.now().uptimeNanoseconds - start) / 1e9
        print(
            "{\"runs\": \(count), \"workers\": \(workers), \"seconds\": \(seconds), "
                + "\"per_second\": \(Double(count) / seconds)}")
    }

    private static func fail(_ message: String, status: Int32) -> Never {
        let line = Array((message + "\n").utf8)
        _ = write(STDERR_FILENO, line, line.count)
        exit(status)
    }

    private struct Failed: Error {
        var report: RunReport?
    }
}
