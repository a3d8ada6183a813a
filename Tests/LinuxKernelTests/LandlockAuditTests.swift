import LinuxKernel
import Testing

/// Landlock's audit records, as the kernel's documentation writes them.
@Suite struct LandlockAuditTests {
    @Test func recordsAreSortedByTheirDomainsMaker() {
        var records = LandlockRecords()
        func access(_ text: String) { records.take(isDomain: false, isAccess: true, text: text) }
        func domain(_ text: String) { records.take(isDomain: true, isAccess: false, text: text) }
        access(
            "audit(1729738800.268:30): domain=195ba459b blockers=fs.write_file,fs.truncate path=\"/usr/bin/su\" dev=\"vda2\" ino=351"
        )
        domain(
            "audit(1729738800.268:30): domain=195ba459b status=allocated mode=enforcing pid=300 uid=0 exe=\"/x\" comm=\"sandbox-init\""
        )
        access(
            "audit(1729738800.300:31): domain=2 blockers=scope.signal opid=1 ocomm=\"systemd\"")
        domain("audit(1729738800.300:31): domain=2 status=allocated mode=enforcing pid=301 uid=0")
        access("audit(1729738800.301:32): domain=195ba459b blockers=fs.refer path=\"/usr\"")
        records.take(
            isDomain: false, isAccess: false, text: "audit(1): domain=195ba459b blockers=x")
        #expect(
            records.takeRefusals(ofDomainMadeBy: 300) == [
                LandlockRefusal(
                    blockers: "fs.write_file,fs.truncate",
                    object: "path=\"/usr/bin/su\" dev=\"vda2\" ino=351"),
                LandlockRefusal(blockers: "fs.refer", object: "path=\"/usr\""),
            ])
        // Taken once; another sandbox's are its own.
        #expect(records.takeRefusals(ofDomainMadeBy: 300).isEmpty)
        #expect(records.takeRefusals(ofDomainMadeBy: 301).first?.blockers == "scope.signal")
    }

    @Test func anObstacleSaysWhatMendsIt() throws {
        #expect(LandlockAudit.obstacle(abi: 4)?.contains("ABI 4") == true)
        if let obstacle = LandlockAudit.obstacle(abi: 7) {
            #expect(obstacle.contains("auditctl") || obstacle.contains("root"), "\(obstacle)")
        }
    }
}
