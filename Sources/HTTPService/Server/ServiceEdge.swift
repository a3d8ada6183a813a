internal import Foundation
internal import Glibc
internal import LinuxKernel
internal import Logging
internal import Orchestration
internal import RunStore

/// What the part with privilege tells the part that parses requests, first and once.
struct EdgeHello: Codable, Sendable {
    var configuration: ServiceConfiguration
    var spawnerSocket: String
    var images: [ImageShelf.Image]
    var tls: TLSMaterial?
    var forges: ForgeEventReceiver.Settings
}

/// The part of a service that parses requests: an ordinary user, with a link to the part that has
/// privilege as its standard input.
package enum ServiceEdge {
    package static let commandName = "serve-edge"

    /// Root becomes the user and begins again, so that nothing of root's is left in any thread.
    ///
    /// The program is executed by descriptor: where it lies may be closed to the user.
    package static func become(_ user: UInt32) throws -> Never {
        let program = open("/proc/self/exe", O_RDONLY | O_CLOEXEC)
        guard program >= 0 else {
            throw StartRefusal("the program's own file cannot be opened", remedy: "Mount /proc")
        }
        try ProcessRights.become(user: user)
        var arguments: [UnsafeMutablePointer<CChar>?] = [
            strdup("drydock-tool"), strdup(commandName), nil,
        ]
        fexecve(program, &arguments, environ)
        throw StartRefusal(
            "the user \(user) cannot execute the program: \(String(cString: strerror(errno)))",
            remedy: "Let everybody read and execute it")
    }

    package static func run() async throws {
        guard geteuid() != 0 else {
            throw StartRefusal("requests are not parsed as root", remedy: "Use drydock serve")
        }
        try ProcessRights.hideMemory()
        let link = WorkLink(owning: 0)
        guard let hello = try link.receive(EdgeHello.self) else {
            throw StartRefusal(
                "this is a part of drydock serve, and nothing by itself",
                remedy: "Start drydock serve")
        }
        let directory = hello.configuration.dataDirectory
        guard access(directory, X_OK) == 0 else {
            throw StartRefusal(
                "the user \(geteuid()) cannot reach \(directory)",
                remedy: "Let everybody pass through the directories above it (chmod a+x)")
        }
        // Without the other part nothing can be done; whoever started it starts it again.
        let work = RemoteWork(link: link, onEnd: { _exit(1) })
        try await DrydockServer(edge: hello, work: work).run { address in
            FileHandle.standardOutput.write(Data("drydock: listening on \(address)\n".utf8))
        }
    }
}
