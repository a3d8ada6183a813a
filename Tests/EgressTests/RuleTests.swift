import RunModel
import Testing

@testable internal import Egress

@Suite struct RuleTests {
    @Test(arguments: ["example.org", "EXAMPLE.org", "a-b.c1.example", "xn--bcher-kva.example"])
    func namesAreRead(text: String) throws {
        #expect(try HostName(text).text == text.lowercased())
    }

    /// Threat 62: everything that two parsers could read differently.
    @Test(arguments: [
        "", ".", "example.org.", "..example.org", "evil.com\0.allowed.com", "allowed.com@evil.com",
        "user:pw@allowed.com", "allowed.com%00", "%61llowed.com", "allowed.com\r\nX: y",
        "127.0.0.1", "127.1", "2130706433", "0x7f000001", "0177.0.0.1", "0x7f.1", "[::1]",
        "fe80::1%eth0",
        "bücher.example", "-a.example", "a-.example", "a_b.example", "a b.example",
        String(repeating: "a", count: 64) + ".example",
        String(repeating: "a.", count: 130) + "example",
    ])
    func disguisedNamesAreRefused(text: String) {
        #expect(throws: HostName.Fault.self) { try HostName(text) }
    }

    @Test func suffixRulesMatchBelowOnly() throws {
        let rules = try EgressRules.parse("*.example.org,api.other.net:8443")
        #expect(rules.rule(for: try HostName("a.b.example.org"), port: 443) != nil)
        #expect(rules.rule(for: try HostName("example.org"), port: 443) == nil)
        #expect(rules.rule(for: try HostName("badexample.org"), port: 443) == nil)
        #expect(rules.rule(for: try HostName("example.org.evil.com"), port: 443) == nil)
        #expect(rules.rule(for: try HostName("api.other.net"), port: 8443) != nil)
        #expect(rules.rule(for: try HostName("api.other.net"), port: 443) == nil)
    }

    @Test(arguments: [
        "", "a,,b", "example.org:0", "example.org:65536", "example.org:080", "example.org:http",
        "10.0.0.1", "10.0.0.1/8", "10.0.0.0/33", "*", "*.", "*.*.example.org", "http://example.org",
        "example.org/path",
    ])
    func impossibleRulesAreRefused(list: String) {
        #expect(throws: EgressRuleError.self) { try EgressRules.parse(list) }
    }

    @Test(arguments: [
        "127.0.0.1", "10.1.2.3", "172.31.255.255", "192.168.0.1", "169.254.169.254",
        "100.100.100.200",
        "0.0.0.0", "255.255.255.255", "224.0.0.1", "::1", "::", "fe80::1", "fd00:ec2::254",
        "::ffff:127.0.0.1", "64:ff9b::a00:1", "2002:7f00:1::", "ff02::1", "198.18.0.1",
    ])
    func specialAddressesAreKnown(text: String) throws {
        let address = try #require(IPAddress(text))
        #expect(SpecialAddresses.kind(of: address) != nil)
    }

    @Test(arguments: ["1.1.1.1", "151.101.0.223", "2606:4700::1111", "::ffff:8.8.8.8"])
    func publicAddressesAreNot(text: String) throws {
        let address = try #require(IPAddress(text))
        #expect(SpecialAddresses.kind(of: address) == nil)
    }

    @Test(arguments: [
        "1.2.3", "01.2.3.4", "1.2.3.256", "1::2::3", "12345::", "::1%lo", "1:2:3:4:5:6:7",
    ])
    func otherSpellingsOfAddressesAreRefused(text: String) {
        #expect(IPAddress(text) == nil)
    }

    @Test(arguments: [
        "example.org", "*.example.org", "example.org:8443", "example.org;port=80;port=8080",
        "api.example.org:443;method=GET;method=POST;path=/v1/;tls=intercept;credential=model",
        "10.1.0.0/16:5432", "[fd00:0:0:0:0:0:0:0/8]",
    ])
    func entriesAreWrittenAsTheyAreRead(entry: String) throws {
        let rule = try EgressRule(entry: entry)
        #expect(rule.description == entry)
        #expect(try EgressRule(entry: rule.description) == rule)
    }

    @Test(arguments: [
        ("example.org;method=get", "capitals"), ("example.org;path=v1", "path prefix"),
        ("example.org;path=/a/../b", "path prefix"), ("example.org;path=/a%2fb", "path prefix"),
        ("example.org;tls=off", "intercept"), ("example.org;credential=a b", "credential"),
        ("example.org;methods=GET", "did you mean method"), ("example.org;port=0", "no port"),
        ("example.org/path", ";path="), ("@record=relative", "absolute"), ("@cash", "no option"),
    ])
    func mistakesSayWhatIsWrong(entry: String, reason: String) {
        let error = #expect(throws: EgressRuleError.self) { try EgressPolicy(entries: [entry]) }
        #expect(error?.description.contains(reason) == true, "\(error?.description ?? "")")
    }

    @Test func pathsAreComparedBySegments() throws {
        let rule = try EgressRule(entry: "example.org;path=/v1;method=GET")
        for path in ["/v1", "/v1/", "/v1/x", "/v1?q=/../"] {
            #expect(rule.permits(method: "GET", path: path), "\(path)")
        }
        for path in ["/v10", "/", "/v2", "/v1/../v2", "/v1/%2e%2e/v2", "//v1", "/v1\\..", "/V1"] {
            #expect(!rule.permits(method: "GET", path: path), "\(path)")
        }
        #expect(!rule.permits(method: "POST", path: "/v1"))
    }

    @Test(arguments: [
        ("*.example.org", "a.example.org", true), ("*.example.org", "*.b.example.org", true),
        ("*.example.org", "example.org", false), ("example.org", "example.org:443", true),
        ("example.org:443", "example.org", false), ("example.org", "example.org;method=GET", true),
        ("example.org;method=GET", "example.org", false), ("10.0.0.0/8", "10.1.0.0/16", true),
        ("10.1.0.0/16", "10.0.0.0/8", false),
        ("example.org;path=/a/", "example.org;path=/a/b", true),
        ("example.org;path=/a/", "example.org;path=/b", false),
    ])
    func oneRuleCoversAnother(wide: String, narrow: String, covers: Bool) throws {
        #expect(try EgressRule(entry: wide).covers(try EgressRule(entry: narrow)) == covers)
    }
}
