/// What kind of thing made a job fail.
package enum FailureClass: String, Codable, Sendable, CaseIterable {
    // In order of precedence: what is earlier here explains what is later. A full disk makes tests
    // fail, tests that fail do not fill the disk.
    case outOfMemory = "out_of_memory"
    case disk
    case infrastructure
    /// The base image, the system's packages or the toolchain moved.
    case imageDrift = "image_drift"
    case missingTool = "missing_tool"
    case dependencyResolution = "dependency_resolution"
    case network
    case compileError = "compile_error"
    case timeout
    case lint
    case testFailure = "test_failure"
    /// The environment or a configuration file.
    case configuration

    /// Lower explains higher.
    var precedence: Int { Self.allCases.firstIndex(of: self) ?? Self.allCases.count }
}
