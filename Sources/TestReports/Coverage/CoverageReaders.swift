/// One function per coverage format. What a line of a text format does not fit is passed over.
enum CoverageReaders {
    static func coveragePy(_ bytes: [UInt8]) throws -> CoveredLines {
        struct Document: Decodable {
            struct File: Decodable { var executed_lines: [Int] }
            var files: [String: File]
        }
        var covered = CoveredLines()
        for (path, file) in try JSONText.decode(Document.self, from: bytes).files {
            for line in file.executed_lines { covered.add(line, of: path) }
        }
        return covered
    }

    static func gcov(_ bytes: [UInt8]) throws -> CoveredLines {
        struct Document: Decodable {
            struct Line: Decodable {
                var line_number: Int
                var count: Double
            }
            struct File: Decodable {
                var file: String
                var lines: [Line]
            }
            var files: [File]
        }
        var covered = CoveredLines()
        for line in bytes.split(separator: UInt8(ascii: "\n")) {
            for file in try JSONText.decode(Document.self, from: Array(line)).files {
                for line in file.lines where line.count > 0 {
                    covered.add(line.line_number, of: file.file)
                }
            }
        }
        return covered
    }

    static func llvmCov(_ bytes: [UInt8]) throws -> CoveredLines {
        /// `[line, column, count, has count, is region entry, is gap]`.
        struct Segment: Decodable {
            var line: Int
            var count: Double
            var hasCount: Bool

            init(from decoder: any Decoder) throws {
                var items = try decoder.unkeyedContainer()
                line = try items.decode(Int.self)
                _ = try items.decode(Int.self)
                count = try items.decode(Double.self)
                hasCount = try items.decode(Bool.self)
            }
        }
        struct Document: Decodable {
            struct File: Decodable {
                var filename: String
                var segments: [Segment]
            }
            struct Part: Decodable { var files: [File] }
            var data: [Part]
        }
        var covered = CoveredLines()
        for file in try JSONText.decode(Document.self, from: bytes).data.flatMap(\.files) {
            for (start, end) in zip(file.segments, file.segments.dropFirst())
            where start.hasCount && start.count > 0 && start.line <= end.line {
                covered.add(start.line...end.line, of: file.filename)
            }
        }
        return covered
    }

    /// `path/file.go:3.14,5.2 1 7`: from line 3 to line 5, executed 7 times.
    static func goCover(_ bytes: [UInt8]) -> CoveredLines {
        var covered = CoveredLines()
        for line in String(decoding: bytes, as: UTF8.self).split(separator: "\n") {
            guard let match = line.wholeMatch(of: #/(.+):(\d+)\.\d+,(\d+)\.\d+ \d+ (\d+)\r?/#),
                let start = Int(match.2), let end = Int(match.3), start <= end,
                match.4.contains(where: { $0 != "0" })
            else { continue }
            covered.add(start...end, of: String(match.1))
        }
        return covered
    }

    static func lcov(_ bytes: [UInt8]) -> CoveredLines {
        var covered = CoveredLines()
        var path = ""
        for line in String(decoding: bytes, as: UTF8.self).split(separator: "\n") {
            let line = line.last == "\r" ? line.dropLast() : line
            if line.hasPrefix("SF:") {
                path = String(line.dropFirst(3))
            } else if line.hasPrefix("DA:"), !path.isEmpty {
                let parts = line.dropFirst(3).split(separator: ",")
                guard parts.count >= 2, let number = Int(parts[0]),
                    parts[1].contains(where: { $0 != "0" })
                else { continue }
                covered.add(number, of: path)
            }
        }
        return covered
    }

    /// Ranges of UTF-16 offsets, the inner ones deciding: a line counts when any of it that is no
    /// white space was executed.
    static func v8(_ bytes: [UInt8], source: (String) -> String?) throws -> CoveredLines {
        struct Range: Decodable {
            var startOffset: Int
            var endOffset: Int
            var count: Double
        }
        struct Document: Decodable {
            struct Function: Decodable { var ranges: [Range] }
            struct Script: Decodable {
                var url: String
                var functions: [Function]
            }
            var result: [Script]
        }
        var covered = CoveredLines()
        for script in try JSONText.decode(Document.self, from: bytes).result {
            guard script.url.hasPrefix("file://"), let text = source(script.url) else { continue }
            let units = Array(text.utf16)
            guard units.count <= 16 << 20 else { continue }
            var executed = [Bool](repeating: false, count: units.count)
            // Outer ranges first: longer ones contain shorter ones.
            let ranges = script.functions.flatMap(\.ranges).sorted {
                ($0.endOffset &- $0.startOffset) > ($1.endOffset &- $1.startOffset)
            }
            for range in ranges.prefix(20_000) {
                let start = max(0, min(range.startOffset, units.count))
                let end = max(start, min(range.endOffset, units.count))
                for index in start..<end { executed[index] = range.count > 0 }
            }
            var line = 1
            for (index, unit) in units.enumerated() {
                if unit == 10 {
                    line += 1
                } else if executed[index], unit > 32 {
                    covered.add(line, of: script.url)
                }
            }
        }
        return covered
    }
}
