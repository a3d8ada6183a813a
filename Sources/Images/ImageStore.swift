internal import Foundation
internal import Glibc
internal import LinuxKernel
package import RunModel

/// Images that are ready, beneath one directory that belongs to the service's user alone:
///
/// ```
/// images/<name>-<key>/rootfs      what a sandbox sees, read-only
/// images/<name>-<key>/manifest    every file with mode, size and digest
/// images/<name>-<key>/image.json  written last: the image is whole (`ImageRecord`)
/// images/making-*                 what is not whole yet; a crash leaves it here
/// ```
package struct ImageStore: Sendable {
    package let root: String

    package init(root: String) { self.root = root }

    /// A root file system in use: `remove` leaves it alone as long as this lives.
    package struct Held: ~Copyable, Sendable {
        package let record: ImageRecord
        package let path: String
        private let lock: CInt

        fileprivate init?(record: ImageRecord, folder: String) {
            self.record = record
            path = folder + "/rootfs"
            lock = open(folder + "/image.json", O_RDONLY | O_CLOEXEC | O_NOFOLLOW)
            guard lock >= 0 else { return nil }
            guard flock(lock, LOCK_SH | LOCK_NB) == 0 else {
                close(lock)
                return nil
            }
        }

        deinit { if lock >= 0 { close(lock) } }
    }

    /// Whole images, by name and then newest first.
    package func list() -> [ImageRecord] {
        let folders = (try? FileManager.default.contentsOfDirectory(atPath: root)) ?? []
        return folders.compactMap(record).sorted {
            ($0.name, $1.builtAt) < ($1.name, $0.builtAt)
        }
    }

    /// - Parameter key: which build of it; any when `nil`, the newest first.
    package func find(_ name: String, key: String? = nil) -> ImageRecord? {
        list().first { $0.name == name && (key == nil || $0.key == key) }
    }

    /// - Returns: `nil` when it is being removed.
    package func hold(_ record: ImageRecord) -> Held? {
        Held(record: record, folder: "\(root)/\(record.folder)")
    }

    /// Reads every file again.
    ///
    /// - Returns: what differs from the manifest, a line each; none when the image is as it was.
    package func verify(_ record: ImageRecord) throws(PortError) -> [String] {
        let folder = "\(root)/\(record.folder)"
        let now = try ImageManifest(of: folder + "/rootfs", normalises: false)
        guard now.digest != record.manifestDigest else { return [] }
        let before = (try? String(contentsOfFile: folder + "/manifest", encoding: .utf8)) ?? ""
        let old = Set(before.split(separator: "\n").map(String.init))
        let new = Set(now.lines)
        let missing = old.subtracting(new).map { "- \($0)" }
        let added = new.subtracting(old).map { "+ \($0)" }
        let differences = (missing + added).sorted { $0.dropFirst(2) < $1.dropFirst(2) }
        return differences.isEmpty ? ["the manifest itself was changed"] : differences
    }

    /// A directory in which an image is made; `publish` takes it, else `discard` removes it.
    package func beginMaking() throws(PortError) -> String {
        try prepare()
        collectAbandoned()
        let path = "\(root)/making-\(getpid())-\(UInt32.random(in: 0 ... .max))"
        guard mkdir(path, 0o700) == 0 else { throw failure("making", path) }
        return path
    }

    package func discard(_ making: String) { Self.removeTree(making) }

    /// Takes `making/rootfs` into the store.
    ///
    /// - Returns: the image's record; the one that is there already when somebody was faster.
    package func publish(
        _ making: String, name: String, source: ImageRecord.Source, key: String,
        environment: [String], builtAt: String
    ) throws(PortError) -> ImageRecord {
        let rootfs = making + "/rootfs"
        guard chmod(rootfs, 0o755) == 0 else { throw failure("changing", rootfs) }
        let manifest = try ImageManifest(of: rootfs, normalises: true)
        let record = ImageRecord(
            name: name, source: source, key: key, builtAt: builtAt, files: manifest.lines.count,
            sizeBytes: manifest.sizeBytes, manifestDigest: manifest.digest,
            environment: environment)
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys]
        do {
            try Data(manifest.text.utf8).write(to: URL(filePath: making + "/manifest"))
            try encoder.encode(record).write(to: URL(filePath: making + "/image.json"))
        } catch {
            throw PortError(
                operation: "writing", subject: making, reason: "\(error.localizedDescription)",
                remedy: "See that the disk is not full")
        }
        let folder = "\(root)/\(record.folder)"
        if self.record(in: record.folder) != nil { try remove(record) }
        guard rename(making, folder) == 0 else { throw failure("renaming", folder) }
        return record
    }

    /// - Throws: when a sandbox uses it.
    package func remove(_ record: ImageRecord) throws(PortError) {
        let folder = "\(root)/\(record.folder)"
        let lock = open(folder + "/image.json", O_RDONLY | O_CLOEXEC | O_NOFOLLOW)
        guard lock >= 0 else { throw failure("removing", folder) }
        defer { close(lock) }
        guard flock(lock, LOCK_EX | LOCK_NB) == 0 else {
            throw PortError(
                operation: "removing", subject: "the image \(record.name)",
                reason: "a sandbox uses it", remedy: "Wait for the sandbox to end, and try again")
        }
        let gone = "\(root)/making-removed-\(UInt32.random(in: 0 ... .max))"
        guard rename(folder, gone) == 0 else { throw failure("removing", folder) }
        Self.removeTree(gone)
    }

    /// Removes what killed processes left.
    ///
    /// - Returns: how many.
    @discardableResult package func collectAbandoned() -> Int {
        let folders = (try? FileManager.default.contentsOfDirectory(atPath: root)) ?? []
        let abandoned = folders.filter { folder in
            guard folder.hasPrefix("making-") else { return false }
            guard let maker = pid_t(folder.dropFirst("making-".count).prefix { $0 != "-" }) else {
                return true
            }
            return kill(maker, 0) != 0 && errno == ESRCH
        }
        for folder in abandoned { Self.removeTree("\(root)/\(folder)") }
        return abandoned.count
    }

    private func record(in folder: String) -> ImageRecord? {
        guard !folder.hasPrefix("making-"),
            let data = FileManager.default.contents(atPath: "\(root)/\(folder)/image.json"),
            let record = try? JSONDecoder().decode(ImageRecord.self, from: data),
            record.folder == folder
        else { return nil }
        return record
    }

    private func prepare() throws(PortError) {
        do {
            try PrivatePath.make(root)
        } catch { throw failure("making", error.subject, errorNumber: error.errorNumber) }
        var information = stat()
        guard lstat(root, &information) == 0, information.st_mode & S_IFMT == S_IFDIR,
            information.st_uid == geteuid(), information.st_mode & 0o022 == 0
        else {
            throw PortError(
                operation: "using", subject: "the image store \(root)",
                reason: "it is open to other users, or belongs to one",
                remedy: "chown it to user \(geteuid()) and chmod it 0700, or remove it")
        }
    }

    /// Directories that their owner may not enter are entered all the same: the modes are the
    /// image's, the owner is us.
    private static func removeTree(_ path: String) {
        if (try? FileManager.default.removeItem(atPath: path)) != nil { return }
        let folders = FileManager.default.enumerator(atPath: path)
        _ = chmod(path, 0o700)
        while let entry = folders?.nextObject() as? String {
            var information = stat()
            let inside = "\(path)/\(entry)"
            if lstat(inside, &information) == 0, information.st_mode & S_IFMT == S_IFDIR {
                _ = chmod(inside, 0o700)
            }
        }
        try? FileManager.default.removeItem(atPath: path)
    }

    private func failure(
        _ operation: String, _ path: String, errorNumber: Int32 = errno
    ) -> PortError {
        PortError(
            operation: operation, subject: path, reason: String(cString: strerror(errorNumber)),
            remedy: "See that \(root) can be written to")
    }
}
