internal import Egress
internal import Foundation
internal import RunModel
internal import Verification

/// The network's answers that a bundle carries: a recording of the egress gateway's, from which a
/// command is answered with the network off.
final class ReproAnswers: Sendable {
    /// Of all answers in one bundle together.
    static let bytesMax = 256 << 20

    let folder: String
    /// Holds a place of our own.
    private let place: RunFolder?

    /// A recording that is there already.
    init(recorded folder: String) throws {
        self.folder = FileManager.default.currentDirectoryPath.appending(
            relative: folder)
        place = nil
        _ = try files()
    }

    /// A place for one that is to be made; it goes with this value.
    init() throws {
        let own = try RunFolder("answers")
        (place, folder) = (own, own.path)
    }

    /// The network of a run whose answers are recorded.
    ///
    /// - Parameter network: as of `--net`.
    func recording(_ network: String) throws -> String {
        guard network.hasPrefix("allow=") else {
            throw ReproError(
                "--net-record", "it has nothing to record: no name is allowed",
                remedy: "add --net allow=HOST,...")
        }
        return "\(network),@record=\(folder)"
    }

    /// The network of a run that is answered from the recording.
    var replaying: String { "allow=@replay=\(folder)" }

    /// What the bundle carries, by path relative to the folder.
    func files() throws -> [(path: String, content: [UInt8])] {
        try Recording.files(in: folder, bytesMax: Self.bytesMax).map { file in
            let path = "\(folder)/\(file.path)"
            guard let content = FileManager.default.contents(atPath: path),
                content.count == file.bytes
            else {
                throw ReproError(
                    path, "it is missing, or another than was recorded",
                    remedy: "record the answers again")
            }
            return (file.path, Array(content))
        }
    }
}

extension String {
    fileprivate func appending(relative path: String) -> String {
        path.hasPrefix("/") ? path : self + "/" + path
    }
}
