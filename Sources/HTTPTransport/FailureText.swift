internal import AsyncHTTPClient
internal import Foundation
internal import NIOCore
internal import NIOPosix
internal import NIOSSL

/// Turns what the library throws into errors that say what to do, without the request's secrets.
struct FailureText: Sendable {
    var subject: String
    var redaction: SecretRedaction
    var tries: Int

    func error(_ kind: WebError.Kind, _ reason: String, _ remedy: String = "") -> WebError {
        WebError(
            kind: kind, subject: subject, reason: redaction.text(reason), remedy: remedy,
            tries: tries)
    }

    /// - Returns: `CancellationError` when the caller's task was cancelled, else a `WebError`.
    func translated(_ error: any Error) -> any Error {
        switch error {
        case let known as WebError: known
        case is CancellationError: error
        case let known as HTTPClientError where known == .cancelled: CancellationError()
        case let known as HTTPClientError: translated(known)
        case is NIOConnectionError: unreachable(error)
        case let known as IOError where Self.neverConnected.contains(known.errnoCode):
            unreachable(error)
        case is NIOSSLError, is NIOSSLExtraError:
            self.error(
                .untrusted, "TLS failed: \(error)",
                "Name the authority that signed its certificate, if it is one of your own")
        default: self.error(.interrupted, "the connection broke: \(error)")
        }
    }

    /// errno(3) values that a connection attempt ends with, and an established one does not.
    private static let neverConnected = [ECONNREFUSED, EHOSTUNREACH, ENETUNREACH, EADDRNOTAVAIL]

    private func unreachable(_ error: any Error) -> WebError {
        self.error(
            .unreachable, "no connection could be made: \(error)",
            "Check the address and whether the service runs")
    }

    private func translated(_ error: HTTPClientError) -> WebError {
        switch error {
        case .connectTimeout, .getConnectionFromPoolTimeout:
            self.error(
                .unreachable, "no connection within the time for it",
                "Check the address and the network")
        case .deadlineExceeded, .readTimeout, .writeTimeout:
            self.error(.timedOut, "no answer in time")
        case .tlsHandshakeTimeout: self.error(.unreachable, "TLS was not agreed on in time")
        case .invalidProxyResponse, .proxyAuthenticationRequired, .httpProxyHandshakeTimeout:
            self.error(.proxy, "the proxy refuses: \(error)", "Check the proxy settings")
        case .invalidURL, .emptyHost, .emptyScheme, .bodyLengthMismatch:
            self.error(.invalidRequest, "\(error)")
        case .remoteConnectionClosed:
            self.error(.interrupted, "the server closed the connection early")
        default: self.error(.interrupted, "\(error)")
        }
    }
}
