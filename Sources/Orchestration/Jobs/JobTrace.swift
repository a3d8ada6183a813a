internal import Digests
package import Telemetry

/// The trace of a job, which follows from its id: whoever performs it and whoever records it need
/// not tell each other.
package enum JobTrace {
    package static func context(of job: String) -> TraceParent {
        let digest = SHA256Digest(of: "job " + job).bytes
        return TraceParent(traceID: Array(digest.prefix(16)), spanID: Array(digest[16..<24]))
    }
}
