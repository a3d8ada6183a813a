internal import RunModel

/// Names of failed tests in lines of any runner's console.
enum LogTestNames {
    /// - Parameter line: cleaned.
    static func name(in line: String) -> String? {
        for reader in readers {
            if let name = reader(line), !name.isEmpty, name.utf8.count < 400 { return name }
        }
        return nil
    }

    private static let readers: [@Sendable (String) -> String?] = [
        pytest, goTest, libtest, unittest, swift, surefire, gradle, rspec, ctest, jest, tap, node,
        phpunit,
    ]

    /// `FAILED tests/test_a.py::test_b - AssertionError`
    @Sendable private static func pytest(_ line: String) -> String? {
        guard let rest = line.after("FAILED ") ?? line.after("ERROR "), rest.contains(".py") else {
            return nil
        }
        let end = rest.firstRange(of: " - ")?.lowerBound ?? rest.endIndex
        return rest[..<end].trimmedSpace
    }

    /// `    --- FAIL: TestA/b (0.00s)`
    @Sendable private static func goTest(_ line: String) -> String? {
        line.trimmedSpace.after("--- FAIL: ").map { String($0.prefix { $0 != " " }) }
    }

    /// `test tests::a ... FAILED`
    @Sendable private static func libtest(_ line: String) -> String? {
        guard let rest = line.after("test "), rest.hasSuffix(" ... FAILED") else { return nil }
        return String(rest.dropLast(11))
    }

    /// `FAIL: test_a (tests.test_b.TestC.test_a)`
    @Sendable private static func unittest(_ line: String) -> String? {
        guard let rest = line.after("FAIL: ") ?? line.after("ERROR: ") else { return nil }
        return UnittestLine(rest)?.id
    }

    /// `✘ Test a() failed after`, `Test Case 'A.testB' failed`
    @Sendable private static func swift(_ line: String) -> String? {
        if let rest = line.after("✘ Test "), let end = rest.firstRange(of: " failed after ") {
            return rest[..<end.lowerBound].trimmingRule("\"")
        }
        guard let rest = line.after("Test Case '"), let end = rest.firstRange(of: "' failed (")
        else {
            return nil
        }
        return String(rest[..<end.lowerBound])
    }

    /// `[ERROR] org.example.CalcTest.wrong:12 expected`, `[ERROR]   CalcTest.wrong -- Time elapsed`
    @Sendable private static func surefire(_ line: String) -> String? {
        guard let rest = line.after("[ERROR]")?.drop(while: { $0 == " " }),
            rest.contains(" <<< FAILURE!") || rest.contains(" <<< ERROR!"),
            !rest.hasPrefix("Tests run:")
        else { return nil }
        return String(rest.prefix { $0 != " " })
    }

    /// `CalcTest > wrong() FAILED`
    @Sendable private static func gradle(_ line: String) -> String? {
        guard line.hasSuffix(" FAILED"), line.contains(" > "), !line.hasPrefix(">") else {
            return nil
        }
        return String(line.dropLast(7)).trimmedSpace
    }

    /// `rspec ./spec/a_spec.rb:3 # Calc is wrong`
    @Sendable private static func rspec(_ line: String) -> String? {
        line.after("rspec ./").map { "./" + $0.prefix { $0 != " " } }
    }

    /// `  2 - wrong (Failed)`
    @Sendable private static func ctest(_ line: String) -> String? {
        let text = line.trimmedSpace
        guard let dash = text.firstRange(of: " - "), Int(text[..<dash.lowerBound]) != nil,
            let open = text.lastIndex(of: "("), text.hasSuffix(")"), open > dash.upperBound,
            ["(Failed)", "(Timeout)", "(SEGFAULT)", "(Not Run)", "(Subprocess aborted)"]
                .contains(String(text[open...]))
        else { return nil }
        return text[dash.upperBound..<open].trimmedSpace
    }

    /// `  ● sum › is wrong`
    @Sendable private static func jest(_ line: String) -> String? {
        guard let rest = line.trimmedSpace.after("● "), rest != "Test suite failed to run" else {
            return nil
        }
        return String(rest).replacing(" › ", with: " ")
    }

    /// `not ok 2 - is wrong`
    @Sendable private static func tap(_ line: String) -> String? {
        let text = line.trimmedSpace
        guard text.hasPrefix("not ok "), let entry = TAPLine(text), entry.status == .failed else {
            return nil
        }
        return entry.name
    }

    /// `✖ is wrong (1.2ms)`
    @Sendable private static func node(_ line: String) -> String? {
        guard let entry = NodeSpecLine(line), entry.mark == "✖", entry.comment == nil else {
            return nil
        }
        return entry.name
    }

    /// `1) CalcTest::testWrong`
    @Sendable private static func phpunit(_ line: String) -> String? {
        guard let close = line.firstIndex(of: ")"), Int(line[..<close]) != nil else { return nil }
        let rest = line[line.index(after: close)...].trimmedSpace
        return rest.contains("::") && !rest.prefix(while: { $0 != ":" }).contains(" ") ? rest : nil
    }
}
