import Testing

@testable import Orchestration

/// What no tenant may name, whichever way a request comes.
@Suite struct JobPlanTests {
    @Test(arguments: [
        "allow=@record=/etc", "allow=example.org,@replay=/var/lib/drydock/keys",
        "allow=api.example.org;credential=model", "allow=127.0.0.1/32", "allow=10.0.0.0/8",
        "allow=169.254.169.254/32", "allow=0.0.0.0/0", "allow=192.0.0.0/2", "allow=[::1/128]",
        "allow=[::/0]", "host", "allow=", "allow=-", "",
    ])
    func networksThatAreTheMachinesOwnAreRefused(network: String) {
        var request = JobRequest(.run)
        request.command = ["true"]
        request.network = network
        #expect(throws: JobPlanError.self) { try JobPlan.check(request) }
    }

    @Test func whatIsATenantsPasses() throws {
        var request = JobRequest(.run)
        request.command = ["true"]
        for network in [
            "none", "loopback", "allow=example.org", "allow=*.example.org:8443,1.1.1.1/32",
        ] {
            request.network = network
            try JobPlan.check(request)
        }
        request.profile = "strict"
        try JobPlan.check(request)
        for profile in ["/etc/passwd", "../x", "a.yaml", ""] {
            request.profile = profile
            #expect(throws: JobPlanError.self) { try JobPlan.check(request) }
        }
        request = JobRequest(.gate)
        request.session = "../../etc"
        #expect(throws: JobPlanError.self) { try JobPlan.check(request) }
        request.session = nil
        request.repository = "/etc"
        #expect(throws: JobPlanError.self) { try JobPlan.check(request) }
        request.repository = "app"
        request.base = "--upload-pack=x"
        #expect(throws: JobPlanError.self) { try JobPlan.check(request) }
    }
}
