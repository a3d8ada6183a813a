import Dispatch
import Glibc
import RunModel
import Sandboxing

/// What a sandbox costs a service that uses the library: prints one JSON object.
///
///     sandbox-benchmark start COUNT RESIDENT_MIB    starts one after the other in a process that fat
///     sandbox-benchmark ready COUNT RESIDENT_MIB    the same in namespaces that were made beforehand
///     sandbox-benchmark pool COUNT RESIDENT_MIB     the same from a pool of prepared sandboxes
///     sandbox-benchmark spawn COUNT RESIDENT_MIB    the same with posix_spawn alone
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
                "usage: sandbox-benchmark start|ready|pool|spawn|throughput COUNT MIB|WORKERS",
                status: 2)
        }
        switch mode {
        case "start": try report(times(count, residentMiB: parameter, try starter()))
        case "ready": try ready(count, residentMiB: parameter)
        case "pool": try pool(count, residentMiB: parameter)
        case "spawn": try report(times(count, residentMiB: parameter, spawn))
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
        try report(
            times(
                count, residentMiB: residentMiB,
                before: {
                    place.early = try EarlyNamespaces.begin(network: nil)
                    // The clone makes its network namespace by itself.
                    usleep(2000)
                },
                {
                    let running = try Sandbox.start(request, on: host, early: place.early.take())
                    let result = try running.wait()
                    guard result.report.exitCode == 0 else { throw Failed(report: result.report) }
                }))
    }

    private final class Place {
        var early: EarlyNamespaces?
    }

    private static func pool(_ count: Int, residentMiB: Int) throws {
        let (request, host) = try request()
        let pool = SandboxPool(request, on: host, size: 1)
        defer { pool.close() }
        try report(
            times(
                count, residentMiB: residentMiB, before: { try pool.fill() },
                {
                    let result = try pool.start(["/bin/true"]).wait()
                    guard result.report.exitCode == 0 else { throw Failed(report: result.report) }
                }))
    }

    private static func spawn() throws {
        var child: pid_t = 0
        var status: Int32 = 0
        var arguments: [UnsafeMutablePointer<CChar>?] = [strdup("/bin/true"), nil]
        defer { free(arguments[0]) }
        guard posix_spawn(&child, "/bin/true", nil, nil, &arguments, nil) == 0,
            waitpid(child, &status, 0) == child, status == 0
        else { throw Failed(report: nil) }
    }

    /// Milliseconds of each of `count` runs of `body`, in a process with that much memory in use.
    private static func times(
        _ count: Int, residentMiB: Int, before: () throws -> Void = {},
        _ body: () throws -> Void
    ) throws -> [Double] {
        // Every page is written to: what is only reserved costs a fork nothing.
        let ballast = UnsafeMutableRawBufferPointer.allocate(
            byteCount: residentMiB << 20, alignment: 4096)
        defer { ballast.deallocate() }
        for page in stride(from: 0, to: ballast.count, by: 4096) { ballast[page] = 1 }
        for _ in 0..<5 {
            try before()
            try body()
        }
        var times: [Double] = []
        for _ in 0..<count {
            try before()
            let start = DispatchTime.now().uptimeNanoseconds
            try body()
            times.append(Double(DispatchTime.now().uptimeNanoseconds - start) / 1e6)
        }
        return times.sorted()
    }

    private static func report(_ times: [Double]) {
        let (middle, late) = (times[times.count / 2], times[times.count * 99 / 100])
        print(
            "{\"runs\": \(times.count), \"min_ms\": \(times[0]), \"p50_ms\": \(middle), "
                + "\"p99_ms\": \(late)}")
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
