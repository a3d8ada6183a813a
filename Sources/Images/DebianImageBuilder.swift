internal import Foundation
internal import LinuxKernel
package import RunModel

/// Makes the root file system of a recipe from Debian packages with mmdebstrap(1), in a user
/// namespace of its own: no step of it has a right on this machine that an ordinary user lacks.
package struct DebianImageBuilder: Sendable {
    /// Debian's code name of the release that packages come from.
    package let suite: String
    /// As Debian spells it.
    package let architecture: String

    /// The release and architecture of this machine.
    ///
    /// - Throws: `PortError` where this is no Debian and nothing says which release to take.
    package init() throws(PortError) {
        #if arch(x86_64)
        architecture = "amd64"
        #else
        architecture = "arm64"
        #endif
        let facts = (try? String(contentsOfFile: "/etc/os-release", encoding: .utf8)) ?? ""
        let values = Dictionary(
            facts.split(separator: "\n").compactMap { line -> (String, String)? in
                let parts = line.split(separator: "=", maxSplits: 1)
                guard parts.count == 2 else { return nil }
                return (String(parts[0]), parts[1].trimmingCharacters(in: ["\""]))
            }, uniquingKeysWith: { first, _ in first })
        // Packages of another distribution would need its keys: images are Debian's everywhere.
        suite = values["ID"] == "debian" ? values["VERSION_CODENAME"] ?? "bookworm" : "bookworm"
    }

    package init(suite: String, architecture: String) {
        self.suite = suite
        self.architecture = architecture
    }

    /// Makes `directory/rootfs`. What mmdebstrap says goes to standard error.
    package func build(_ recipe: ImageRecipe, in directory: String) throws(PortError) {
        let archive = directory + "/rootfs.tar"
        try run(
            "mmdebstrap",
            [
                "--mode=unshare", "--variant=minbase", "--architectures=\(architecture)",
                "--include=\(recipe.packages.joined(separator: ","))",
                // What only a person reads; an image is a tenth smaller without it.
                "--dpkgopt=path-exclude=/usr/share/man/*",
                "--dpkgopt=path-exclude=/usr/share/locale/*", suite, archive,
            ] + mirror(), for: recipe.name)
        let rootfs = directory + "/rootfs"
        do {
            try FileManager.default.createDirectory(
                atPath: rootfs, withIntermediateDirectories: false)
        } catch {
            throw PortError(
                operation: "making", subject: rootfs, reason: error.localizedDescription, remedy: ""
            )
        }
        try run(
            "tar",
            [
                "--extract", "--file=\(archive)", "--directory=\(rootfs)", "--no-same-owner",
                "--exclude=./dev/*",
            ], for: recipe.name)
        try? FileManager.default.removeItem(atPath: archive)
    }

    /// Where this machine gets its Debian packages: an address of `/etc/apt`, else the default.
    private func mirror() -> [String] {
        let folder = "/etc/apt/sources.list.d"
        let files = ((try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []).sorted()
        for path in files.map({ "\(folder)/\($0)" }) + ["/etc/apt/sources.list"] {
            guard let text = try? String(contentsOfFile: path, encoding: .utf8) else { continue }
            for line in text.split(separator: "\n") where !line.hasPrefix("#") {
                let words = line.split(separator: " ").map(String.init)
                guard words.first == "URIs:" || words.first == "deb",
                    let address = words.first(where: { $0.contains("://") }),
                    address.contains("debian"), !address.contains("security")
                else { continue }
                return [address]
            }
        }
        return []
    }

    private func run(
        _ program: String, _ arguments: [String], for image: String
    ) throws(PortError) {
        guard let path = HostProgram.find(program) else {
            throw PortError(
                operation: "building", subject: "the image \(image)",
                reason: "\(program) is not installed",
                remedy: "apt-get install \(program)\(program == "mmdebstrap" ? " uidmap" : "")")
        }
        let status = HostProgram.run([path] + arguments)
        guard status == 0 else {
            throw PortError(
                operation: "building", subject: "the image \(image)",
                reason: "\(program) ended with status \(status)",
                remedy: "See its messages above; 'drydock doctor' tells whether user namespaces "
                    + "work, and an ordinary user needs an entry in /etc/subuid")
        }
    }
}
