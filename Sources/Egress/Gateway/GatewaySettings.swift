internal import Foundation
package import RunModel

/// All that one sandbox's gateway works by.
package struct GatewaySettings: Sendable {
    package var rules: EgressRules
    /// Whether TLS is opened for every name.
    package var interceptsAll = false
    /// Whom the sandbox trusts; without one no TLS is opened.
    package var authority: RunAuthority?
    package var credentials = EdgeCredentials()
    package var recorder: ExchangeRecorder?
    /// Answers in the network's place, which is then off.
    package var player: RecordingPlayer?
    package var cache: DownloadCache?
    /// The host's own way out.
    package var proxy: HostProxy?
    package var trust = UpstreamTrust(bundlePath: nil)
    package var resolver: any NameResolver = SystemResolver()

    package init(rules: EgressRules) { self.rules = rules }
}
