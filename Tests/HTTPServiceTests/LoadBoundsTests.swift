import HTTPTypes
import Testing

@testable import HTTPService

/// What one tenant's requests may hold of the service while they are under way.
@Suite struct LoadBoundsTests {
    private func status(_ body: () throws -> Void) -> Int? {
        do {
            try body()
            return nil
        } catch {
            return (error as? ServiceError)?.status.code
        }
    }

    private func request(of tenant: String, in loads: TenantLoads) throws -> RequestLoad {
        let load = RequestLoad(loads)
        try load.belongs(to: tenant)
        return load
    }

    @Test func oneTenantsBodiesLeaveRoomForOthers() throws {
        let loads = TenantLoads(requestLimit: 10, bodyByteLimit: 100)
        var first: RequestLoad? = try request(of: "a", in: loads)
        try first?.holds(bytes: 80)
        let second = try request(of: "a", in: loads)
        #expect(status { try second.holds(bytes: 21) } == 429)
        #expect(status { try request(of: "b", in: loads).holds(bytes: 100) } == nil)
        // What was refused is not held, what is written is given back, and all goes with its request.
        #expect(loads["a"] == TenantLoads.Load(requests: 2, bodyBytes: 80))
        try first?.holds(bytes: 10)
        try second.holds(bytes: 90)
        first = nil
        #expect(loads["a"] == TenantLoads.Load(requests: 1, bodyBytes: 90))
        #expect(loads["b"] == TenantLoads.Load())
    }

    @Test func oneTenantsRequestsLeaveRoomForOthers() throws {
        let loads = TenantLoads(requestLimit: 3, bodyByteLimit: 100)
        var held = try (0..<3).map { _ in try request(of: "a", in: loads) }
        #expect(status { _ = try request(of: "a", in: loads) } == 429)
        #expect(status { _ = try request(of: "b", in: loads) } == nil)
        held.removeLast()
        #expect(status { _ = try request(of: "a", in: loads) } == nil)
        #expect(loads["a"].requests == 2)
    }
}
