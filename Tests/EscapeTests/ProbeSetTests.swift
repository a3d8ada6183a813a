import Testing

/// Section 6 of the threats: 95 probes, of which five may be open.
@Suite struct ProbeSetTests {
    /// What is open on purpose; docs/security-model.md says why.
    static let wanted: Set<String> = ["INET-tcp", "NETLINK-route", "UNIX", "landlock"]

    @Test func onlyWhatIsWantedIsOpen() throws {
        let listener = try Listener.loopback()
        let run = try Drydock.run(["/victims/probes", String(listener.port)])
        #expect(run.status == 0, "\(run.errors)")
        let lines = run.output.split(separator: "\n").map { $0.split(separator: " ") }
        #expect(lines.count == 95)
        let open = Set(lines.filter { $0[2] == "open" }.map { String($0[1]) })
        #expect(open == Self.wanted)
    }

    /// The instrument sees what it looks for: with fewer fences, more is open.
    @Test func weakerFencesAreSeen() throws {
        let listener = try Listener.loopback()
        let run = try Drydock.run(
            ["/victims/probes", String(listener.port)],
            options: ["--profile", "debug", "--net", "host"])
        let lines = run.output.split(separator: "\n").map { $0.split(separator: " ") }
        let open = Set(lines.filter { $0[2] == "open" }.map { String($0[1]) })
        #expect(open.isSuperset(of: ["process-vm-readv", "personality", "host-loopback"]))
    }
}
