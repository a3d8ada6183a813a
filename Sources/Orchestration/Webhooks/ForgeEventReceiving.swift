/// A delivery to a webhook, as an HTTP route received it.
package struct ForgeDelivery: Sendable, Equatable {
    /// The forge that the route is for, such as `github`.
    package var forge: String
    /// By lowercase name.
    package var headers: [String: String]
    /// As it was sent: its signature is over these bytes.
    package var body: [UInt8]

    package init(forge: String, headers: [String: String], body: [UInt8]) {
        self.forge = forge
        self.headers = headers
        self.body = body
    }
}

/// What a delivery came to.
package enum ForgeDeliveryAnswer: Sendable, Equatable {
    /// Nothing in it asks for work.
    case ignored(reason: String)
    /// - Parameter isNew: false for one that was delivered before.
    case started(job: String, isNew: Bool)
}

/// Why a delivery is not taken. Says nothing of the secret.
package struct ForgeDeliveryRefusal: Error, Sendable, Equatable, CustomStringConvertible {
    package enum Kind: Sendable, Equatable, CaseIterable {
        /// There is no such forge, or nobody gave it a secret: 404.
        case unknownForge
        /// The signature is missing or wrong: 401.
        case unsigned
        /// It is no event of this forge: 400.
        case malformed
        /// It is about a repository that the operator did not name: 422.
        case unknownRepository

        /// The HTTP status that says so.
        package var status: Int {
            switch self {
            case .unknownForge: 404
            case .unsigned: 401
            case .malformed: 400
            case .unknownRepository: 422
            }
        }
    }

    package var kind: Kind
    package var description: String

    init(_ kind: Kind, _ description: String) {
        self.kind = kind
        self.description = description
    }
}

/// Takes deliveries of forges: `POST /v1/webhooks/{forge}` hands each one over as it came, and
/// answers 202 with the job, 200 where there is nothing to do, or the refusal's status.
package protocol ForgeEventReceiving: Sendable {
    /// Forges whose deliveries are taken.
    var forges: [String] { get }

    /// Checks the signature before anything of the body is read.
    ///
    /// - Throws: `ForgeDeliveryRefusal`; `QueueFull`; what the store throws.
    func receive(_ delivery: ForgeDelivery) async throws -> ForgeDeliveryAnswer
}
