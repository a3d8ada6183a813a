extension SandboxSupervisor {
    /// One of the command's streams, and what was kept of it.
    struct StreamState {
        let stream: OutputStream
        var descriptor: Int32
        var capture: OutputCapture
        var isOpen: Bool
    }
}

extension UInt64 {
    func multipliedSaturating(_ other: UInt64) -> UInt64 {
        let (product, overflow) = multipliedReportingOverflow(by: other)
        return overflow ? .max : product
    }
}
