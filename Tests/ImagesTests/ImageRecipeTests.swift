import Foundation
import RunModel
import TestSupport
import Testing

@testable import Images

@Suite struct ImageRecipeTests {
    private func library(_ recipes: [String: String], in directory: String) throws -> RecipeLibrary
    {
        for (name, text) in recipes {
            try FileManager.default.createDirectory(
                atPath: "\(directory)/\(name)", withIntermediateDirectories: true)
            try Data(text.utf8).write(to: URL(filePath: "\(directory)/\(name)/packages"))
        }
        return RecipeLibrary(root: directory)
    }

    @Test func aRecipeHasItsOwnPackagesAndThoseOfBase() throws {
        try withTemporaryDirectory { directory in
            let library = try library(
                ["base": "bash  # shell\n\n# a comment\ngit\n", "x": "g++-12 # compiler\ngit\n"],
                in: directory)
            #expect(library.names == ["base", "x"])
            #expect(try library.recipe(named: "x").packages == ["bash", "g++-12", "git"])
            #expect(try library.recipe(named: "base").packages == ["bash", "git"])
        }
    }

    @Test func theKeyFollowsPackagesReleaseAndArchitecture() throws {
        let one = ImageRecipe(name: "x", packages: ["a", "b"])
        let two = ImageRecipe(name: "x", packages: ["ab"])
        let key = one.key(suite: "bookworm", architecture: "amd64")
        #expect(key.count == 16)
        #expect(key == one.key(suite: "bookworm", architecture: "amd64"))
        #expect(key != two.key(suite: "bookworm", architecture: "amd64"))
        #expect(key != one.key(suite: "trixie", architecture: "amd64"))
        #expect(key != one.key(suite: "bookworm", architecture: "arm64"))
    }

    @Test(arguments: ["--include=evil", "bash;reboot", "../x", "BASH"])
    func whatIsNoPackageNameIsRefused(line: String) throws {
        try withTemporaryDirectory { directory in
            let library = try library(["base": "bash\n\(line)\n"], in: directory)
            #expect(throws: PortError.self) { _ = try library.recipe(named: "base") }
        }
    }

    @Test func anUnknownNameIsAnsweredWithTheNearest() throws {
        try withTemporaryDirectory { directory in
            let library = try library(["base": "", "python": "python3"], in: directory)
            let error = #expect(throws: PortError.self) {
                _ = try library.recipe(named: "pyton")
            }
            #expect(error?.remedy.contains("Did you mean python?") == true)
        }
    }

    /// Every recipe that is shipped can be read, and `base` is part of each.
    @Test func shippedRecipesAreWhole() throws {
        let executable = try FileManager.default.destinationOfSymbolicLink(
            atPath: "/proc/self/exe")
        let library = try #require(RecipeLibrary.belonging(to: executable))
        let base = Set(try library.recipe(named: "base").packages)
        #expect(
            library.names == ["base", "cpp", "go", "java", "node", "python", "rust", "swift"])
        for name in library.names {
            #expect(base.isSubset(of: try library.recipe(named: name).packages))
        }
    }

    @Test func sourcesAreToldApart() throws {
        try withTemporaryDirectory { directory in
            let files = FileManager.default
            for name in ["root", "layout"] {
                try files.createDirectory(
                    atPath: "\(directory)/\(name)", withIntermediateDirectories: false)
            }
            try Data("{}".utf8).write(to: URL(filePath: directory + "/layout/oci-layout"))
            try Data("x".utf8).write(to: URL(filePath: directory + "/a.tar"))
            #expect(try ImageSource("host") == .host)
            #expect(try ImageSource("python") == .name("python"))
            #expect(try ImageSource(directory + "/root") == .directory(directory + "/root"))
            #expect(try ImageSource(directory + "/layout") == .layout(directory + "/layout"))
            #expect(try ImageSource(directory + "/a.tar") == .archive(directory + "/a.tar"))
            #expect(throws: PortError.self) { try ImageSource(directory + "/none") }
        }
    }
}
