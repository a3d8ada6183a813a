internal import Glibc
internal import JSONText
internal import LinuxKernel

/// Tells what happens in a directory of a living sandbox, and below it if asked to.
final class FileWatcher {
    private let watch: DirectoryWatch
    private let path: String
    private let isRecursive: Bool
    private let includesEntries: Bool
    private let operations: FileOperations
    /// Watched directories, relative to `path`, by their numbers.
    private var folders: [Int32: String] = [:]
    /// What has not been fetched; bounded, as nobody may ever fetch it.
    private(set) var events: [JSONValue] = []

    private static let eventLimit = 10_000
    private static let folderLimit = 8192

    var descriptor: Int32 { watch.descriptor.raw }

    init(
        _ path: String, recursive: Bool, includesEntries: Bool, operations: FileOperations,
        user: UInt32, in root: borrowing RootedDirectory
    ) throws(LiveFailure) {
        self.path = path
        isRecursive = recursive
        self.includesEntries = includesEntries
        self.operations = operations
        watch = try LiveFailure.wrapping { () throws(SystemError) in try DirectoryWatch(user: user)
        }
        do throws(SystemError) {
            guard try root.status(of: path, followsLinks: true).kind == .directory else {
                throw SystemError(operation: "watch", subject: path, errorNumber: ENOTDIR)
            }
            try add("", in: root)
        } catch {
            throw FileOperations.failure(error, path)
        }
    }

    private func full(_ relative: String) -> String {
        relative.isEmpty ? path : (path == "/" ? "/" + relative : path + "/" + relative)
    }

    private func add(
        _ relative: String, in root: borrowing RootedDirectory
    ) throws(SystemError) {
        guard folders.count < Self.folderLimit else {
            throw SystemError(
                operation: "watch (too many directories)", subject: path, errorNumber: ENOSPC)
        }
        let directory = try root.open(full(relative), flags: O_RDONLY | O_DIRECTORY)
        folders[try watch.add(directory, path: full(relative))] = relative
        guard isRecursive else { return }
        for name in try directory.directoryNames(full(relative)) {
            guard let status = try? FileStatus(named: name, in: directory),
                status.kind == .directory
            else { continue }
            try add(relative.isEmpty ? name : relative + "/" + name, in: root)
        }
    }

    /// Takes what the kernel tells. To be called with the sandbox's rights.
    func advance(in root: borrowing RootedDirectory) {
        for event in watch.events() {
            guard let folder = folders[event.watch] else { continue }
            let name = folder.isEmpty ? event.name : folder + "/" + event.name
            let type: String
            switch event.kind {
            case .create, .renamedTo: type = "create"
            case .write: type = "write"
            case .remove: type = "remove"
            case .renamedFrom: type = "rename"
            case .changedMode: type = "chmod"
            case .gone:
                folders[event.watch] = nil
                continue
            case .overflow: continue
            }
            record(name, type, in: root)
            if isRecursive, event.isDirectory, type == "create" {
                // What was made in it before it was watched would never be told.
                try? add(name, in: root)
                for inner in (try? root.names(in: full(name))) ?? [] {
                    record(name + "/" + inner, "create", in: root)
                }
            }
        }
    }

    private func record(
        _ name: String, _ type: String, in root: borrowing RootedDirectory
    ) {
        guard events.count < Self.eventLimit else { return }
        let entry = includesEntries ? try? operations.entry(full(name), in: root) : nil
        events.append(
            JSONValue(members: [
                ("name", .string(name)), ("type", .string(type)), ("entry", entry),
            ]))
    }

    func take() -> [JSONValue] {
        defer { events = [] }
        return events
    }
}
