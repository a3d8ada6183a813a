internal import Glibc
internal import JSONText
internal import LinuxKernel

/// A file on its way out. It is read as the connection takes it.
final class FileDownload {
    private let file: OwnedDescriptor
    private(set) var bytesLeft: UInt64

    private static let chunkBytes = 262_144

    init(_ path: String, in root: borrowing RootedDirectory) throws(LiveFailure) {
        do throws(SystemError) {
            let file = try root.open(path)
            let status = try FileStatus(of: file, path: path)
            guard status.kind == .file else {
                throw SystemError(
                    operation: "read", subject: path,
                    errorNumber: status.kind == .directory ? EISDIR : EINVAL)
            }
            self.file = file
            bytesLeft = status.sizeBytes
        } catch {
            throw FileOperations.failure(error, path)
        }
    }

    /// A file of the supervisor's own, from its beginning.
    init(whole file: consuming OwnedDescriptor) throws(SystemError) {
        bytesLeft = try FileStatus(of: file, path: "an archive").sizeBytes
        _ = lseek(file.raw, 0, SEEK_SET)
        self.file = file
    }

    /// The next bytes, no more than were announced; `nil` at the end, or where the file was cut.
    func next() -> [UInt8]? {
        guard bytesLeft > 0 else { return nil }
        let wanted = Int(min(bytesLeft, UInt64(Self.chunkBytes)))
        let bytes = [UInt8](unsafeUninitializedCapacity: wanted) { buffer, used in
            used = max(0, Glibc.read(file.raw, buffer.baseAddress, wanted))
        }
        bytesLeft -= UInt64(bytes.count)
        return bytes.isEmpty ? nil : bytes
    }
}

/// A file on its way in, written as it comes.
final class FileUpload {
    let path: String
    private let file: OwnedDescriptor

    /// Missing directories above it are made; a file that is there is replaced, its mode stays.
    init(
        _ path: String, mode: UInt32, attributes: [String: String],
        in root: borrowing RootedDirectory
    ) throws(LiveFailure) {
        do throws(SystemError) {
            if let slash = path.lastIndex(of: "/"), slash != path.startIndex {
                _ = try root.makeDirectories(String(path[..<slash]))
            }
            let file = try root.open(path, flags: O_WRONLY | O_CREAT, mode: mode)
            guard try FileStatus(of: file, path: path).kind == .file else {
                throw SystemError(operation: "write", subject: path, errorNumber: EINVAL)
            }
            let raw = file.raw
            try SystemCall.performLibrary("ftruncate", path) { Int(ftruncate(raw, 0)) }
            for old in file.attributes(prefix: FileOperations.attributePrefix) {
                file.removeAttribute(old.name)
            }
            for (name, value) in attributes {
                try file.setAttribute(FileOperations.attributePrefix + name, Array(value.utf8))
            }
            self.file = file
        } catch {
            throw FileOperations.failure(error, path)
        }
        self.path = path
    }

    func write(_ bytes: ArraySlice<UInt8>) throws(LiveFailure) {
        var rest = bytes
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { Glibc.write(file.raw, $0.baseAddress, $0.count) }
            if count < 0 && errno == EINTR { continue }
            guard count > 0 else {
                throw FileOperations.failure(
                    SystemError(operation: "write", subject: path, errorNumber: errno), path)
            }
            rest = rest.dropFirst(count)
        }
    }
}
