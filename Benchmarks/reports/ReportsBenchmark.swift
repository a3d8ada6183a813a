import Foundation
import Glibc
import TestReports

/// How fast reports and logs are read: `reports-benchmark junit MEGABYTES`, or
/// `reports-benchmark log MEGABYTES LABELLED_LOG...` with logs of the test corpus.
///
/// Input is made a piece at a time before the clock runs for it, so that memory is that of the
/// reader alone.
@main struct ReportsBenchmark {
    static func main() throws {
        let arguments = CommandLine.arguments
        guard arguments.count >= 3, let megabytes = Int(arguments[2]) else {
            FileHandle.standardError.write(
                Data("usage: reports-benchmark junit|log MEGABYTES [LOG...]\n".utf8))
            exit(2)
        }
        switch arguments[1] {
        case "junit": try readJUnit(megabytes << 20)
        default:
            for file in arguments.dropFirst(3) { try reduceLog(file, megabytes << 20) }
        }
    }

    /// A file as pytest writes it: most tests pass, one in twenty fails with a traceback.
    ///
    /// Time is the processor's as well as the clock's: on a busy machine only the former tells what
    /// the reader costs. Two hundred megabytes hold more tests than a report may list by default.
    private static func readJUnit(_ size: Int) throws {
        var document = Array(
            "<?xml version=\"1.0\" encoding=\"utf-8\"?><testsuites><testsuite name=\"pytest\">".utf8
        )
        var number = 0
        let traceback = (1...18).map { "    at line \($0): assert total &lt; limit&#10;" }.joined()
        while document.count < size {
            number += 1
            var text =
                "<testcase classname=\"tests.unit.test_module_\(number / 50)\" "
                + "name=\"test_case_\(number)[parameter-\(number % 7)]\" time=\"0.0\(number % 97)\""
            text +=
                number.isMultiple(of: 20)
                ? "><failure message=\"assert \(number) == 0\">\(traceback)</failure></testcase>"
                : " />"
            document += Array(text.utf8)
        }
        document += Array("</testsuite></testsuites>".utf8)
        var limits = ReportLimits.standard
        limits.results = max(limits.results, number)
        var (best, bestOfProcessor) = (Double.infinity, Double.infinity)
        for _ in 0..<5 {
            let (started, used) = (ContinuousClock.now, processorSeconds())
            let report = try FormatCatalog.read(
                document, fileName: "junit.xml", context: ReportContext(limits: limits))
            bestOfProcessor = min(bestOfProcessor, processorSeconds() - used)
            best = min(best, (ContinuousClock.now - started) / .seconds(1))
            guard report.results.count == number, report.isComplete else { exit(1) }
        }
        let megabytes = Double(document.count) / 1e6
        print(
            "junit|\(document.count)|\(number)|\(format(best))|\(format(megabytes / best))|"
                + "\(format(bestOfProcessor))|\(format(megabytes / bestOfProcessor))")
    }

    /// What this process has used of processors so far.
    private static func processorSeconds() -> Double {
        var time = timespec()
        clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time)
        return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
    }

    /// A labelled log within so much harmless output that the whole has the given size.
    private static func reduceLog(_ path: String, _ size: Int) throws {
        let log = Array(try Data(contentsOf: URL(fileURLWithPath: path)))
        let label = try JSONDecoder().decode(
            Label.self,
            from: Data(
                contentsOf: URL(fileURLWithPath: String(path.dropLast(4)) + ".label")))
        var filler: [UInt8] = []
        for number in 0..<12_000 {
            filler += Array(
                "2026-01-01T00:00:\(10 + number % 50).1234567Z   Compiling module \(number) of the application in \(number % 13) ms\n"
                    .utf8)
        }
        var reducer = LogReducer()
        var given = 0
        let started = ContinuousClock.now
        func consume(_ bytes: [UInt8]) {
            reducer.consume(bytes.span)
            given += bytes.count
        }
        while given < size - log.count { consume(filler) }
        consume(log)
        let summary = reducer.finish()
        let seconds = (ContinuousClock.now - started) / .seconds(1)
        let isInside = label.cause.map { cause in
            summary.excerpt.contains { $0.text.contains(cause) }
        }
        let name = path.split(separator: "/").last ?? ""
        print(
            "log|\(name)|\(given)|\(format(seconds))|\(peakKibibytes())|"
                + (isInside.map { $0 ? "inside" : "MISSING" } ?? "no cause"))
    }

    private struct Label: Decodable { var cause: String? }

    private static func format(_ number: Double) -> String { String(format: "%.3f", number) }

    /// The peak of resident memory, from /proc/self/status.
    private static func peakKibibytes() -> Int {
        let status = (try? String(contentsOfFile: "/proc/self/status", encoding: .utf8)) ?? ""
        let line = status.split(separator: "\n").first { $0.hasPrefix("VmHWM:") } ?? ""
        return line.split(separator: " ").compactMap { Int($0) }.first ?? 0
    }
}
