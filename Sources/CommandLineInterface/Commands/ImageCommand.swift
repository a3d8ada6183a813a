internal import ArgumentParser
internal import Foundation
internal import Images
internal import JSONText
internal import Orchestration
internal import RunModel

/// `drydock image`: root file systems for sandboxes.
struct ImageCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "image",
        abstract: "Builds, imports, lists and removes root file systems for sandboxes.",
        discussion: """
            What is built or imported is used by name: drydock run --image python -- COMMAND.
            """,
        subcommands: [Build.self, Import.self, List.self, Remove.self, Verify.self])

    /// Everything wrong with a call or an image ends with 2, as for every command.
    fileprivate static func perform(_ body: (ImageService) throws -> Void) throws {
        do {
            try body(try ImageService())
        } catch let exit as ExitCode {
            throw exit
        } catch {
            FileHandle.standardError.write(Data("drydock image: \(error)\n".utf8))
            throw ExitCode(2)
        }
    }

    fileprivate static func say(_ record: ImageRecord) {
        let size = ImageCommand.mebibytes(record.sizeBytes)
        print("\(record.name) \(record.key): \(record.files) files, \(size)")
    }

    fileprivate static func mebibytes(_ bytes: Int64) -> String { "\(bytes >> 20) MiB" }

    struct Build: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "build",
            abstract: "Builds images from Debian packages, without any privilege.")

        @Argument(help: "Names of recipes; 'drydock image list' shows them.")
        var names: [String]

        @Flag(help: "Build again with today's packages, also what is there.")
        var refresh = false

        func run() throws {
            try ImageCommand.perform { service in
                for name in names {
                    ImageCommand.say(try service.build(name, refreshes: refresh))
                }
            }
        }
    }

    struct Import: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "import",
            abstract: "Imports an OCI layout, an OCI archive or what 'docker save' writes.",
            discussion: "It is unpacked inside a sandbox; nothing of it is run.")

        @Argument(help: "The layout's directory, or the archive.")
        var path: String

        @Option(help: "What the image is called from now on.")
        var name: String

        @Option(help: "Which of several images in it.")
        var tag: String?

        @Option(help: "The most that it may take when unpacked, such as 4GiB.")
        var sizeLimit = "16GiB"

        func run() throws {
            try ImageCommand.perform { service in
                let limit = Int64(clamping: try Quantity.bytes(sizeLimit))
                let isLayout: Bool
                let found: String
                switch try ImageSource(path.contains("/") ? path : "./" + path) {
                case .layout(let path): (found, isLayout) = (path, true)
                case .archive(let path): (found, isLayout) = (path, false)
                case .host, .name, .directory:
                    throw PortError(
                        operation: "importing", subject: "the image \(path)",
                        reason: "it is neither an OCI layout nor an archive",
                        remedy: "A directory with a root file system needs no import: "
                            + "drydock run --image DIRECTORY")
                }
                ImageCommand.say(
                    try service.importImage(
                        found, isLayout: isLayout, name: name, tag: tag, byteLimit: limit))
            }
        }
    }

    struct List: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "list",
            abstract: "Lists images that are ready, and recipes that are not built.")

        @Option(help: "text or json.")
        var format = ListFormat.text

        enum ListFormat: String, ExpressibleByArgument, CaseIterable { case text, json }

        func run() throws {
            try ImageCommand.perform { service in
                let images = service.store.list()
                if format == .json {
                    let document = ImageListing(
                        images: images.map(ImageListing.Image.init),
                        recipes: service.recipes.names)
                    print(try JSONTextEncoder.encode(document, layout: .indented))
                    return
                }
                for image in images {
                    let state = service.isCurrent(image) ? "ready" : "from an older recipe"
                    let size = ImageCommand.mebibytes(image.sizeBytes)
                    print("\(image.name)\t\(state)\t\(size)\t\(image.builtAt)\t\(image.key)")
                }
                let built = Set(images.map(\.name))
                for name in service.recipes.names where !built.contains(name) {
                    print("\(name)\tnot built\tdrydock image build \(name)")
                }
            }
        }
    }

    struct Remove: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "remove",
            abstract: "Removes every build of an image. A running sandbox keeps it.")

        @Argument(help: "Names of images.")
        var names: [String]

        func run() throws {
            try ImageCommand.perform { service in
                for name in names {
                    let images = service.store.list().filter { $0.name == name }
                    guard !images.isEmpty else {
                        throw PortError(
                            operation: "removing", subject: "the image \(name)",
                            reason: "it is not there", remedy: "See 'drydock image list'")
                    }
                    for image in images { try service.store.remove(image) }
                }
            }
        }
    }

    struct Verify: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "verify",
            abstract: "Reads every file of images again, and says what differs from when they "
                + "were made. Ends with 1 when anything does.")

        @Argument(help: "Names of images; all when none is given.")
        var names: [String] = []

        func run() throws {
            try ImageCommand.perform { service in
                let known = service.store.list()
                if let name = names.first(where: { name in !known.contains { $0.name == name } }) {
                    throw PortError(
                        operation: "verifying", subject: "the image \(name)",
                        reason: "it is not there",
                        remedy: "See 'drydock image list'")
                }
                var isDamaged = false
                for image in known where names.isEmpty || names.contains(image.name) {
                    let differences = try service.store.verify(image)
                    guard !differences.isEmpty else {
                        print("\(image.name) \(image.key): as it was made")
                        continue
                    }
                    isDamaged = true
                    print("\(image.name) \(image.key): changed since it was made")
                    for line in differences.prefix(20) { print("  \(line)") }
                    if differences.count > 20 { print("  and \(differences.count - 20) more") }
                }
                if isDamaged { throw ExitCode(1) }
            }
        }
    }
}

extension ImageListing.Image {
    fileprivate init(_ record: ImageRecord) {
        self.init(
            name: record.name, source: record.source.rawValue, key: record.key,
            builtAt: record.builtAt, files: record.files, sizeBytes: record.sizeBytes,
            manifestDigest: record.manifestDigest, environment: record.environment)
    }
}
