internal import Guardrails
package import RunModel

/// A gate report in the form that code scanning reads.
package enum GateFindingsLog {
    @Sendable package static func sarif(_ report: GateReport) throws -> [UInt8] {
        Array(try GateReportFormat.sarif.render(report, rules: RuleIndex()).utf8)
    }
}
