import RunModel
import RunStore
import Testing

@testable import Orchestration

@Suite struct FairQueueTests {
    @Test func tenantsTakeTurnsAndKeepTheirOrder() {
        var queue = FairQueue(limit: 100, tenantLimit: 50)
        for job in ["a0", "a1", "a2", "a3", "b0", "c0"] {
            let isAdded = queue.add(job, tenant: String(job.prefix(1)))
            #expect(isAdded)
        }
        #expect(queue.order.map(\.job) == ["a0", "b0", "c0", "a1", "a2", "a3"])
        #expect(queue.position(of: "b0") == 2 && queue.position(of: "none") == nil)
        // Who has no room now does not stand in the way of others, and keeps its place.
        let passed = queue.next { $0.tenant != "a" }
        let first = queue.next { _ in true }
        #expect(passed?.job == "b0" && first?.job == "a0")
        let removals = [queue.remove("a2"), queue.remove("a2")]
        #expect(removals == [true, false])
        #expect(queue.order.map(\.job) == ["c0", "a1", "a3"])
    }

    @Test func itIsBoundedForAllAndForEach() {
        var queue = FairQueue(limit: 3, tenantLimit: 2)
        let added = ["a0", "a1", "a2", "b0", "c0"].map {
            queue.add($0, tenant: String($0.prefix(1)))
        }
        #expect(added == [true, true, false, true, false])
        let isForced = queue.add("c0", tenant: "c", isForced: true)
        #expect(isForced)
        #expect(queue.count == 4)
    }

    @Test func sharesAreTakenAndGivenBack() {
        var quotas = TenantQuotas()
        quotas.memoryBytes = 5 << 30
        quotas.sandboxes = 3
        let shares = TenantShares()
        let one = TenantShare(.standard)
        #expect(shares.take(one, tenant: "a", quotas: quotas) == nil)
        #expect(shares.take(one, tenant: "a", quotas: quotas) == nil)
        #expect(shares.take(one, tenant: "a", quotas: quotas) == "5GiB of memory")
        #expect(shares.take(one, tenant: "b", quotas: quotas) == nil)
        shares.giveBack(one, tenant: "a")
        // What lives beside counts as well.
        shares.follow { $0 == "a" ? one : TenantShare() }
        #expect(shares.take(one, tenant: "a", quotas: quotas) == "5GiB of memory")
        #expect(shares.inUse(by: "a").sandboxes == 2)
        quotas.memoryBytes = nil
        #expect(shares.take(one, tenant: "a", quotas: quotas) == nil)
        #expect(shares.take(one, tenant: "a", quotas: quotas) == "3 sandboxes")
    }

    /// Each reading of the closure made it a layer deeper once: 500 KiB after so many, and a call
    /// that no stack was deep enough for.
    @Test func manySharesAreTakenInTheSpaceOfOne() {
        let shares = TenantShares()
        shares.follow { _ in TenantShare() }
        let one = TenantShare(.standard)
        for _ in 0..<200_000 {
            _ = shares.take(one, tenant: "a", quotas: TenantQuotas())
            shares.giveBack(one, tenant: "a")
        }
        #expect(shares.inUse(by: "a") == TenantShare())
    }

    @Test(arguments: [
        ("1.1.1.1", true), ("8.8.8.8", true), ("127.0.0.1", false), ("10.1.2.3", false),
        ("172.16.0.1", false), ("172.32.0.1", true), ("192.168.1.1", false),
        ("169.254.169.254", false), ("100.64.0.1", false), ("0.0.0.0", false),
        ("224.0.0.1", false), ("255.255.255.255", false), ("198.18.0.1", false), ("::1", false),
        ("fe80::1", false), ("fd00::1", false), ("::ffff:127.0.0.1", false),
        ("2606:4700:4700::1111", true), ("2002:7f00:1::", false), ("64:ff9b::7f00:1", false),
        ("nonsense", false),
    ])
    func addressesOfWebhooksAreJudged(address: String, isPublic: Bool) {
        #expect(WebhookTarget.isPublic(address) == isPublic)
    }
}
