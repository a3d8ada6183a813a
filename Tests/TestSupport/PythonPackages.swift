import Foundation
import Synchronization

/// Packages from the Python package index that tests compare Drydock with: official clients, and
/// sources that carry recorded exchanges. Fetched at test time, kept in `.deps`, never committed.
package enum PythonPackages {
    private static let lock = Mutex(())

    private static let root: String = {
        var url = URL(fileURLWithPath: #filePath)
        for _ in 0..<3 { url.deleteLastPathComponent() }
        return url.path + "/.deps/python"
    }()

    /// An interpreter that has these requirements, such as `PyGithub==2.10.0`.
    package static func interpreter(with requirements: [String]) throws -> String {
        let place = "\(root)/\(key(requirements))"
        try once(place) { building in
            _ = try GitCommandLine.output(of: ["python3", "-m", "venv", building])
            _ = try GitCommandLine.output(
                of: ["\(building)/bin/python3", "-m", "pip", "install", "-q"] + requirements)
        }
        return place + "/bin/python3"
    }

    /// The unpacked source distribution of one requirement.
    package static func source(of requirement: String) throws -> String {
        let place = "\(root)/source-\(key([requirement]))"
        try once(place) { building in
            let name = String(requirement.prefix { $0 != "=" })
            _ = try GitCommandLine.output(of: [
                "python3", "-m", "pip", "download", "-q", "--no-deps", "--no-binary", name, "-d",
                building, requirement,
            ])
            _ = try GitCommandLine.output(of: [
                "sh", "-c", "tar xzf \"$0\"/*.tar.gz -C \"$0\" --strip-components=1", building,
            ])
        }
        return place
    }

    /// Makes a directory whole, or not at all.
    private static func once(_ place: String, _ make: (String) throws -> Void) throws {
        try lock.withLock { _ in
            guard !FileManager.default.fileExists(atPath: place + "/.complete") else { return }
            try? FileManager.default.removeItem(atPath: place)
            try FileManager.default.createDirectory(
                atPath: place, withIntermediateDirectories: true)
            try make(place)
            try Data().write(to: URL(fileURLWithPath: place + "/.complete"))
        }
    }

    private static func key(_ requirements: [String]) -> String {
        requirements.joined(separator: "+").replacing("==", with: "-").replacing("/", with: "-")
    }
}
