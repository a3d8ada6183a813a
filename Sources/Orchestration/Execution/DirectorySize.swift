internal import LinuxKernel
internal import Sandboxing

enum DirectorySize {
    /// What lies on disk below a directory, in bytes; links are not followed.
    static func bytes(of directory: String) -> Int {
        var bytes = 0
        var pending = [directory]
        while let folder = pending.popLast() {
            for name in FileKind.names(in: folder) {
                let path = "\(folder)/\(name)"
                guard let usage = PrivateFile.usage(of: path) else { continue }
                bytes += Int(usage.bytes)
                if usage.isDirectory { pending.append(path) }
            }
        }
        return bytes
    }
}
