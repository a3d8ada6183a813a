/// An in-toto Statement, version 1: a predicate about subjects that are known by digest.
package struct Statement<Predicate: Codable & Sendable>: Codable, Sendable {
    package var type: String = "https://in-toto.io/Statement/v1"
    package var subject: [ResourceDescriptor]
    package var predicateType: String
    package var predicate: Predicate

    package init(
        subject: [ResourceDescriptor], predicateType: String, predicate: Predicate
    ) {
        self.subject = subject
        self.predicateType = predicateType
        self.predicate = predicate
    }

    package enum CodingKeys: String, CodingKey {
        case type = "_type"
        case subject, predicateType, predicate
    }
}

/// in-toto's ResourceDescriptor, as far as it is used: matched by digest, never by name.
package struct ResourceDescriptor: Codable, Sendable, Equatable {
    package var name: String?
    package var uri: String?
    /// Algorithm (`gitTree`, `sha256`) to lowercase hexadecimal.
    package var digest: [String: String]

    package init(name: String?, uri: String? = nil, digest: [String: String]) {
        self.name = name
        self.uri = uri
        self.digest = digest
    }
}

/// `https://in-toto.io/attestation/test-result/v0.1`.
package struct TestResultPredicate: Codable, Sendable, Equatable {
    package static let type = "https://in-toto.io/attestation/test-result/v0.1"

    package enum Result: String, Codable, Sendable {
        case passed = "PASSED", warned = "WARNED", failed = "FAILED"
    }

    package var result: Result
    /// The pristine tests, the policy, the sandbox profile, the toolchain, the recorded runs.
    package var configuration: [ResourceDescriptor]
    package var passedTests: [String]
    /// Flaky ones.
    package var warnedTests: [String]
    package var failedTests: [String]
}

/// `https://in-toto.io/attestation/svr/v0.2`: the properties that were proved, and only those.
package struct VerificationResultPredicate: Codable, Sendable, Equatable {
    package static let type = "https://in-toto.io/attestation/svr/v0.2"

    package struct Verifier: Codable, Sendable, Equatable {
        package var id: String
        package var policies: [ResourceDescriptor]
    }

    package var verifier: Verifier
    /// RFC 3339, UTC.
    package var timeCreated: String
    package var properties: [String]
}

/// What Drydock can attest of a tree. Raw values are part of the contract.
package enum ProvedProperty: String, Sendable, CaseIterable {
    case canariesFailed = "DRYDOCK_CANARIES_FAILED"
    case channelsAgree = "DRYDOCK_CHANNELS_AGREE"
    case cleanCheckout = "DRYDOCK_CLEAN_CHECKOUT"
    case gatePassed = "DRYDOCK_GATE_PASSED"
    case pristineTests = "DRYDOCK_PRISTINE_TESTS"
    case repeated = "DRYDOCK_REPEATED_RUNS"
    case verified = "DRYDOCK_VERIFIED"
}
