/// Says that a cache entry is whole. It is written last and moved into place with the entry.
///
/// Nothing is flushed to disk when an entry is made, as that would cost more than making it again;
/// so a seal counts for the boot it was written in, and an entry of an earlier boot is rehashed
/// once before it is used.
package struct TreeSeal: Sendable, Equatable {
    package static let version = 1

    package var bootID: String
    /// The trees whose `files` are stacked, this one first: one for a whole checkout, two for a
    /// layer on top of one.
    package var layers: [String]
    package var fileCount: Int
    package var byteCount: Int
    /// Git's hash of the manifest, in hexadecimal.
    package var manifestDigest: String

    package init(
        bootID: String, layers: [String], fileCount: Int, byteCount: Int, manifestDigest: String
    ) {
        self.bootID = bootID
        self.layers = layers
        self.fileCount = fileCount
        self.byteCount = byteCount
        self.manifestDigest = manifestDigest
    }

    package var text: String {
        """
        drydock-tree \(Self.version)
        boot \(bootID)
        layers \(layers.joined(separator: " "))
        files \(fileCount)
        bytes \(byteCount)
        manifest \(manifestDigest)
        end

        """
    }

    /// - Returns: `nil` for anything but a whole seal of this version.
    package init?(text: String) {
        let lines = text.split(separator: "\n")
        guard lines.count == 7, lines[0] == "drydock-tree \(Self.version)", lines[6] == "end" else {
            return nil
        }
        func value(_ line: Int, _ key: String) -> Substring? {
            let prefix = key + " "
            return lines[line].hasPrefix(prefix) ? lines[line].dropFirst(prefix.count) : nil
        }
        guard let boot = value(1, "boot"), let layers = value(2, "layers"),
            let files = value(3, "files").flatMap({ Int($0) }),
            let bytes = value(4, "bytes").flatMap({ Int($0) }),
            let manifest = value(5, "manifest")
        else { return nil }
        let names = layers.split(separator: " ").map(String.init)
        guard !names.isEmpty, names.allSatisfy(ObjectName.isWhole) else { return nil }
        self.init(
            bootID: String(boot), layers: names, fileCount: files, byteCount: bytes,
            manifestDigest: String(manifest))
    }

    /// The running kernel's boot (proc(5), `random/boot_id`).
    package static func currentBootID() -> String? {
        SmallFile.text("/proc/sys/kernel/random/boot_id").flatMap {
            $0.split(separator: "\n").first.map(String.init)
        }
    }
}

/// Object ids as text, checked before they become part of a path.
package enum ObjectName {
    /// 40 lowercase hexadecimal digits.
    package static func isWhole(_ text: String) -> Bool {
        text.utf8.count == 40
            && text.utf8.allSatisfy {
                (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0)
                    || (UInt8(ascii: "a")...UInt8(ascii: "f")).contains($0)
            }
    }
}
