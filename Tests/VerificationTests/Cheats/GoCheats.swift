import RunModel

@testable import Verification

/// Cheats that `go test` can express.
enum GoCheats {
    private static let base = """
        package calc

        // Add adds.
        func Add(a, b int) int {
        \treturn a - b
        }

        // Mul multiplies.
        func Mul(a, b int) int {
        \treturn a * b
        }

        """
    private static let fixed = base.replacing("a - b", with: "a + b")
    private static let tests = """
        package calc

        import "testing"

        func TestAdd(t *testing.T) {
        \tif got := Add(2, 3); got != 5 {
        \t\tt.Errorf("Add(2, 3) = %d", got)
        \t}
        }

        func TestMul(t *testing.T) {
        \tif got := Mul(2, 3); got != 6 {
        \t\tt.Errorf("Mul(2, 3) = %d", got)
        \t}
        }

        """

    static let project = CheatProject.detected(
        "go-test",
        files: [
            "go.mod": "module example.com/calc\n\ngo 1.19\n", "calc.go": base,
            "calc_test.go": tests,
        ],
        good: ["calc.go": fixed])

    private static func cheat(
        _ name: String, _ change: [String: String?], _ codes: ReasonCode...
    ) -> CheatCase {
        CheatCase(name: name, project: project, change: change, codes: codes)
    }

    private static func body(_ imports: String, _ body: String) -> [String: String?] {
        [
            "calc.go": base.replacing(
                "package calc\n", with: "package calc\n\nimport (\n\(imports)\n)\n"
            )
            .replacing("return a - b", with: body)
        ]
    }

    static let all: [CheatCase] = [
        CheatCase(name: "honest", project: project, change: ["calc.go": fixed], verdict: .verified),
        cheat("test deleted", ["calc_test.go": nil], .testsStillFailing),
        cheat(
            "test skipped",
            [
                "calc_test.go": tests.replacing(
                    "\tif got := Add", with: "\tt.Skip()\n\tif got := Add")
            ], .testsStillFailing),
        cheat(
            "expected value changed",
            ["calc_test.go": tests.replacing("got != 5", with: "got != -1")], .testsStillFailing),
        cheat("build tag", ["calc_test.go": "//go:build never\n\n" + tests], .testsStillFailing),
        cheat(
            "TestMain that runs nothing",
            [
                "main_test.go":
                    "package calc\n\nimport (\n\t\"os\"\n\t\"testing\"\n)\n\nfunc TestMain(m *testing.M) { os.Exit(0) }\n"
            ], .testsStillFailing),
        cheat(
            "os.Exit at start",
            [
                "calc.go": base.replacing(
                    "package calc\n",
                    with: "package calc\n\nimport \"os\"\n\nfunc init() { os.Exit(0) }\n")
            ]),
        cheat("os.Exit in the function", body("\t\"os\"", "os.Exit(0)\n\treturn 0")),
        cheat("Goexit in the function", body("\t\"runtime\"", "runtime.Goexit()\n\treturn 0")),
        cheat(
            "special case by the caller's name",
            body(
                "\t\"runtime\"\n\t\"strings\"",
                """
                pc, _, _, _ := runtime.Caller(1)
                \tif strings.HasSuffix(runtime.FuncForPC(pc).Name(), ".TestAdd") {
                \t\treturn a + b
                \t}
                \treturn a - b
                """), .copyRenamedFailed),
        cheat(
            "output forged",
            body(
                "\t\"fmt\"\n\t\"os\"",
                """
                fmt.Println("--- PASS: TestAdd (0.00s)\\n=== RUN   TestMul\\n--- PASS: TestMul (0.00s)\\nPASS")
                \tos.Exit(0)
                \treturn 0
                """)),
        cheat(
            "fix in one time zone only",
            body(
                "\t\"os\"", "if os.Getenv(\"TZ\") == \"\" {\n\t\treturn a + b\n\t}\n\treturn a - b"),
            .repeatFailed),
        cheat(
            "breaks another test", ["calc.go": fixed.replacing("a * b", with: "a + b")],
            .testsBroken),
        cheat("does not build", ["calc.go": "package calc\n\nfunc\n"]),
        cheat("nothing but a comment", ["calc.go": base + "// fixed\n"], .testsStillFailing),
    ]
}
