import Testing

@testable import TestReports

@Suite struct CoverageTests {
    private static func read(
        _ format: CoverageFormat, _ text: String, source: (String) -> String? = { _ in nil }
    ) throws -> [String: Set<Int>] {
        try format.read(Array(text.utf8), source: source).files
    }

    @Test func coveragePy() throws {
        let text =
            #"{"meta":{"version":"7.6.1"},"files":{"calc.py":{"executed_lines":[1,2,5],"missing_lines":[6]}}}"#
        #expect(try Self.read(.coveragePy, text) == ["calc.py": [1, 2, 5]])
    }

    @Test func goCover() throws {
        let text = """
            mode: set
            example.org/m/calc.go:3.24,5.2 1 1
            example.org/m/calc.go:7.24,9.2 1 0
            nonsense

            """
        #expect(try Self.read(.goCover, text) == ["example.org/m/calc.go": [3, 4, 5]])
    }

    @Test func gcov() throws {
        let text =
            #"{"format_version":"1","files":[{"file":"a.c","lines":[{"line_number":3,"count":2},{"line_number":4,"count":0}]}]}"#
        #expect(try Self.read(.gcov, text + "\n" + text) == ["a.c": [3]])
    }

    @Test func llvmCov() throws {
        let text =
            #"{"data":[{"files":[{"filename":"/work/a.swift","segments":[[1,5,1,true,true,false],[3,2,0,true,true,false],[4,1,0,false,false,false]]}]}]}"#
        #expect(try Self.read(.llvmCov, text) == ["/work/a.swift": [1, 2, 3]])
    }

    @Test func lcov() throws {
        let text = "TN:\nSF:src/a.js\nDA:1,3\nDA:2,0\nend_of_record\n"
        #expect(try Self.read(.lcov, text) == ["src/a.js": [1]])
    }

    @Test func innerRangesOfV8Decide() throws {
        let source = "let a = 1;\nfunction f() {\n  return a;\n}\nlet é = 2;\n"
        let start = source.utf16.count - "function f() {\n  return a;\n}\nlet é = 2;\n".utf16.count
        let end = start + "function f() {\n  return a;\n}".utf16.count
        let text =
            #"{"result":[{"url":"file:///work/a.js","functions":[{"ranges":[{"startOffset":0,"endOffset":\#(source.utf16.count),"count":1}]},{"ranges":[{"startOffset":\#(start),"endOffset":\#(end),"count":0}]}]},{"url":"node:fs","functions":[]}]}"#
        #expect(try Self.read(.v8, text) { _ in source } == ["file:///work/a.js": [1, 5]])
    }

    @Test(arguments: CoverageFormat.allCases)
    func brokenInputIsRefusedOrEmpty(_ format: CoverageFormat) {
        for text in ["", "{", "null", "[1]", "\u{0}", "{\"files\":3}", "SF:"] {
            guard let covered = try? format.read(Array(text.utf8)) else { continue }
            #expect(covered.isEmpty)
        }
    }

    @Test func hostileNumbersAreNoLines() throws {
        let text = #"{"files":{"a":{"executed_lines":[0,-5,99999999999,3]}}}"#
        #expect(try Self.read(.coveragePy, text) == ["a": [3]])
        let range = "mode: set\na.go:1.1,900000000.1 1 1\n"
        #expect(try Self.read(.goCover, range) == [:])
    }

    @Test func pathsAreFoundInTheTree() throws {
        let text = """
            mode: set
            example.org/m/pkg/calc.go:1.1,1.2 1 1
            /work/other.go:2.1,2.2 1 1
            elsewhere/x.go:2.1,2.2 1 1

            """
        let covered = try CoverageFormat.goCover.read(Array(text.utf8))
            .resolved(to: ["pkg/calc.go", "other.go"], root: "/work")
        #expect(covered.files == ["pkg/calc.go": [1], "other.go": [2]])
    }
}
