/// One exchange of git's smart HTTP protocol (gitprotocol-http(5)): what a remote is asked for.
package struct GitServiceRequest: Codable, Sendable, Equatable {
    package enum Service: String, Codable, Sendable {
        /// What the remote has, for fetching and for pushing.
        case uploadPackReferences = "upload_pack_references"
        case receivePackReferences = "receive_pack_references"
        case uploadPack = "upload_pack"
        case receivePack = "receive_pack"
    }

    package var service: Service
    /// Packet lines and, for a push, the pack; empty for the two that list references.
    package var body: [UInt8]

    package init(service: Service, body: [UInt8]) {
        self.service = service
        self.body = body
    }
}

/// Performs one exchange with a remote and blocks until it is over: called on the thread that git
/// runs on. Whoever implements it holds the credential, so that git never sees one.
package typealias GitServiceExchange = @Sendable (GitServiceRequest) throws -> [UInt8]
