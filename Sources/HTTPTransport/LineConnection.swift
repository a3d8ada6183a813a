internal import Foundation
internal import NIOCore
internal import NIOPosix
internal import NIOSSL

/// A connection that carries lines, in the clear or under TLS: what mail relays speak.
///
/// Every call blocks, for at most `timeoutSeconds`: call it from a thread that may.
package final class LineConnection: Sendable {
    /// Why a connection is of no more use.
    package struct Failure: Error, Sendable, Equatable, CustomStringConvertible {
        package var description: String
    }

    private let channel: any Channel
    private let reader: NIOLoopBound<LineReader>
    private let host: String
    private let authorities: [String]

    /// - Parameters:
    ///   - isSecure: whether TLS begins before the first line.
    ///   - authorityFiles: PEM files that are trusted beside the system's.
    /// - Throws: `Failure`.
    package init(
        host: String, port: Int, isSecure: Bool, authorityFiles: [String] = [],
        timeoutSeconds: Int64 = 20
    ) throws {
        self.host = host
        authorities = authorityFiles
        do {
            // Nothing is read before there is somebody to take it.
            channel = try ClientBootstrap(group: .singletonMultiThreadedEventLoopGroup)
                .channelOption(.autoRead, value: false)
                .connectTimeout(.seconds(timeoutSeconds)).connect(host: host, port: port).wait()
            let loop = channel.eventLoop
            reader = try loop.submit { [channel] in
                let reader = LineReader(timeout: .seconds(timeoutSeconds), loop: loop)
                try channel.pipeline.syncOperations.addHandler(reader)
                return NIOLoopBound(reader, eventLoop: loop)
            }.wait()
            try channel.setOption(.autoRead, value: true).wait()
        } catch { throw Self.failure(error) }
        if isSecure { try secure() }
    }

    deinit { channel.close(promise: nil) }

    /// Begins TLS, where it was not there from the beginning. What the other side sent before is
    /// an error: it could be somebody in between.
    package func secure() throws {
        do {
            var configuration = TLSConfiguration.makeClientConfiguration()
            for path in authorities {
                configuration.additionalTrustRoots.append(
                    .certificates(try NIOSSLCertificate.fromPEMFile(path)))
            }
            let context = try NIOSSLContext(configuration: configuration)
            let isAddress = (try? SocketAddress(ipAddress: host, port: 0)) != nil
            let name = isAddress ? nil : host
            try channel.eventLoop.submit { [channel, reader] in
                guard reader.value.isEmpty else {
                    throw Failure(description: "it says something before TLS has begun")
                }
                try channel.pipeline.syncOperations.addHandler(
                    try NIOSSLClientHandler(context: context, serverHostname: name),
                    position: .first)
            }.wait()
        } catch { throw Self.failure(error) }
    }

    package func send(_ bytes: [UInt8]) throws {
        do {
            try channel.writeAndFlush(ByteBuffer(bytes: bytes)).wait()
        } catch {
            // Why it was closed says more than that it is.
            let cause = try? channel.eventLoop.submit { [reader] in
                reader.value.failure.map { "\(Self.failure($0))" }
            }.wait()
            throw cause.flatMap { $0 }.map(Failure.init) ?? Self.failure(error)
        }
    }

    /// The next line, without its end.
    package func readLine() throws -> String {
        do {
            return try channel.eventLoop.flatSubmit { [reader] in reader.value.next() }.wait()
        } catch { throw Self.failure(error) }
    }

    private static func failure(_ error: any Error) -> Failure {
        switch error {
        case let known as Failure: known
        case let known as NIOConnectionError: failure(known)
        case is NIOSSLError, is NIOSSLExtraError, is BoringSSLError:
            Failure(description: "TLS failed: \(error)")
        default: Failure(description: "\(error)")
        }
    }

    private static func failure(_ error: NIOConnectionError) -> Failure {
        if let cause = error.connectionErrors.first?.error as? IOError {
            return Failure(description: String(cString: strerror(cause.errnoCode)))
        }
        let isUnknown = error.dnsAError != nil || error.dnsAAAAError != nil
        return Failure(description: isUnknown ? "there is no such host" : "it cannot be reached")
    }
}

/// Splits what comes into lines, and hands them to whoever waits. On one event loop.
private final class LineReader: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer

    /// More than any reply has.
    private static let bufferedBytesMax = 64 << 10

    private let timeout: TimeAmount
    private let loop: any EventLoop
    private var bytes: [UInt8] = []
    private var waiting: EventLoopPromise<String>?
    private(set) var failure: (any Error)?

    init(timeout: TimeAmount, loop: any EventLoop) {
        self.timeout = timeout
        self.loop = loop
    }

    var isEmpty: Bool { bytes.isEmpty }

    func next() -> EventLoopFuture<String> {
        if let line = takeLine() { return loop.makeSucceededFuture(line) }
        if let failure { return loop.makeFailedFuture(failure) }
        let promise = loop.makePromise(of: String.self)
        waiting = promise
        let limit = loop.assumeIsolated().scheduleTask(in: timeout) {
            self.fail(LineConnection.Failure(description: "it was silent for too long"))
        }
        promise.futureResult.whenComplete { _ in limit.cancel() }
        return promise.futureResult
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        bytes += Self.unwrapInboundIn(data).readableBytesView
        guard bytes.count <= Self.bufferedBytesMax else {
            fail(LineConnection.Failure(description: "its line has no end"))
            return
        }
        guard waiting != nil, let line = takeLine() else { return }
        let promise = waiting
        waiting = nil
        promise?.succeed(line)
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        fail(error)
        context.close(promise: nil)
    }

    func channelInactive(context: ChannelHandlerContext) {
        fail(LineConnection.Failure(description: "the connection broke"))
    }

    private func fail(_ error: any Error) {
        failure = failure ?? error
        let promise = waiting
        waiting = nil
        promise?.fail(failure ?? error)
    }

    private func takeLine() -> String? {
        guard let end = bytes.firstIndex(of: 10) else { return nil }
        let line = String(decoding: bytes[..<end], as: UTF8.self)
        bytes.removeSubrange(...end)
        return line.hasSuffix("\r") ? String(line.dropLast()) : line
    }
}
