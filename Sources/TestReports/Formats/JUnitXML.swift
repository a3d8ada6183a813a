/// JUnit XML, which has no specification but a dozen dialects; `JUnitDialect` names them.
package struct JUnitXML: ReportFormat {
    package init() {}

    package let id = "junit"
    package let summary = """
        JUnit XML of pytest, Surefire, Gradle, nextest, jest-junit, vitest, node, ctest, SwiftPM, \
        gotestsum, PHPUnit, RSpec, GoogleTest and Bazel
        """

    package func recognises(_ head: ReportHead) -> Bool {
        head.rootElement == "testsuites" || head.rootElement == "testsuite"
    }

    package func makeParser(_ context: ReportContext) -> any ReportParser {
        XMLReportParser(JUnitBuilder(context), format: id, limits: context.limits)
    }
}
