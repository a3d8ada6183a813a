import Foundation
import RunModel
import TestSupport
import Testing

@testable internal import Egress

@Suite(.serialized) struct RecordingTests {
    @Test func whatWasRecordedIsAnsweredWithTheNetworkOff() async throws {
        let server = try TestServer(tls: true)
        defer { server.stop() }
        let site = "https://web.test:\(server.port)"
        try await withFolder { folder in
            let recorder = try ExchangeRecorder(folder: folder)
            try await Stage.with(
                "web.test:\(server.port)", ports: [server.port], trusting: server.authority
            ) {
                $0.recorder = recorder
            } _: { stage in
                #expect(try stage.curl(site + "/chunked") == "one two three")
                #expect(try stage.curl("-d", "a=1", site + "/echo/post").hasSuffix("a=1"))
                #expect(
                    try stage.curl("-o", "/dev/null", "-w", "%{http_code}", site + "/missing")
                        == "404")
                _ = try stage.curl(site + "/cut")
                #expect(try stage.curl("-H", "If-None-Match: \"t\"", site + "/tagged") == "tagged")
                #expect(try stage.curl(site + "/twice") == "a")
            }
            let files = try Recording.files(in: folder)
            #expect(files.count == 2 + 5, "\(files)")
            let index = try String(contentsOfFile: folder + "/answers.jsonl", encoding: .utf8)
            #expect(!index.contains("session=1"), "sessions are not handed on")
            #expect(!index.contains("/cut"), "half an answer is none")
            let before = server.requests.count
            let player = try RecordingPlayer(folder: folder)
            #expect(player.places == ["web.test:\(server.port)"])
            try await Stage.with("web.test:\(server.port)", ports: []) {
                $0.player = player
            } _: { stage in
                #expect(try stage.curl(site + "/chunked") == "one two three")
                #expect(try stage.curl("-d", "a=1", site + "/echo/post").hasSuffix("a=1"))
                #expect(
                    try stage.curl("-o", "/dev/null", "-w", "%{http_code}", site + "/missing")
                        == "404")
                let other = try stage.curl("-d", "a=2", site + "/echo/post")
                #expect(other.contains("POST /echo/post is not in the recording"), "\(other)")
                let cut = try stage.curl(site + "/cut")
                #expect(cut.contains("is not in the recording"))
            }
            #expect(server.requests.count == before, "nothing went out")
        }
    }

    @Test func aChangedRecordingIsNotPlayed() async throws {
        let server = try TestServer()
        defer { server.stop() }
        let site = "http://web.test:\(server.port)"
        try await withFolder { folder in
            let recorder = try ExchangeRecorder(folder: folder)
            try await Stage.with("web.test:\(server.port)", ports: [server.port]) {
                $0.recorder = recorder
            } _: { stage in
                let answer = try stage.curl(site + "/kept")
                #expect(answer == "kept")
            }
            let body = try #require(
                try FileManager.default.contentsOfDirectory(atPath: folder + "/bodies").first)
            try "evil".write(
                toFile: folder + "/bodies/" + body, atomically: true, encoding: .utf8)
            let player = try RecordingPlayer(folder: folder)
            try await Stage.with("web.test:\(server.port)", ports: []) {
                $0.player = player
            } _: { stage in
                let answer = try stage.curl(site + "/kept")
                #expect(!answer.contains("evil"))
            }
            for (file, text) in [
                ("answers.jsonl", "{\"key\": \"../../etc/passwd\"}\n"), ("recording.json", "{}"),
            ] {
                try text.write(toFile: folder + "/" + file, atomically: true, encoding: .utf8)
                #expect(throws: Recording.Fault.self) { try RecordingPlayer(folder: folder) }
            }
        }
    }

    /// What has no room is not kept, said so, and passed on all the same.
    @Test func aRecordingIsBounded() async throws {
        let server = try TestServer()
        defer { server.stop() }
        let site = "http://web.test:\(server.port)"
        for (bytesMax, answersMax) in [(1000, 10), (100_000, 1)] {
            try await withFolder { folder in
                try await Stage.with("web.test:\(server.port)", ports: [server.port]) {
                    $0.recorder = try ExchangeRecorder(
                        folder: folder, bytesMax: bytesMax, answersMax: answersMax)
                } _: { stage in
                    for count in [600, 601, 602] {
                        let answer = try stage.curl(site + "/bytes/\(count)")
                        #expect(answer.utf8.count == count)
                    }
                    #expect(
                        stage.log.contains {
                            $0.verdict == "refused" && $0.rule.contains("recording")
                        }, "\(stage.log)")
                }
                let files = try Recording.files(in: folder)
                #expect(files.count == 3 && files.map(\.bytes).reduce(0, +) < 2000, "\(files)")
                let bodies = try FileManager.default.contentsOfDirectory(atPath: folder + "/bodies")
                #expect(bodies.count == 1, "\(bodies)")
                #expect(throws: Recording.Fault.self) {
                    try Recording.files(in: folder, bytesMax: 700)
                }
                // Going on with it counts what is there.
                let again = try ExchangeRecorder(
                    folder: folder, bytesMax: bytesMax, answersMax: answersMax)
                #expect(!again.takeRoom(bytes: 600))
            }
        }
    }

    @Test func theCacheServesWhatMayBeShared() async throws {
        let server = try TestServer(tls: true)
        defer { server.stop() }
        let site = "https://web.test:\(server.port)"
        try await withFolder { folder in
            let cache = try DownloadCache(folder: folder)
            for _ in 0..<2 {
                try await Stage.with(
                    "web.test:\(server.port)", ports: [server.port], trusting: server.authority
                ) {
                    $0.cache = cache
                } _: { stage in
                    #expect(try stage.curl(site + "/kept") == "kept")
                    #expect(try stage.curl(site + "/tagged") == "tagged")
                    #expect(try stage.curl(site + "/private") == "mine")
                    #expect(try stage.curl(site + "/missing") == "none")
                    // A field of one's own takes a request out of the cache, in both directions.
                    _ = try stage.curl("-H", "X-Forwarded-Host: evil.test", site + "/kept")
                    _ = try stage.curl("-H", "Cookie: a=b", site + "/kept")
                    _ = try stage.curl("-d", "a=1", site + "/kept")
                    #expect(try stage.curl(site + "/cut").contains("curl: (18)"))
                    let shown = try stage.curl(
                        "-H", "User-Agent: mine", "-H", "Cache-Control: x", site + "/echo")
                    #expect(!shown.contains("mine"), "nothing unkeyed goes out: \(shown)")
                }
            }
            let kept = server.requests.count { $0.contains("/kept") }
            #expect(kept == 7, "once for all, and six requests of their own: \(server.requests)")
            #expect(server.requests.count { $0.contains("/cut") } == 2, "half an answer is none")
            #expect(server.requests.count { $0.contains("/private") } == 2)
            #expect(server.requests.count { $0.contains("/missing") } == 2)
            #expect(server.requests.count { $0.contains("/tagged") } == 2, "asked, not fetched")
            // Changed on the disk, an entry is nobody's.
            for name in try FileManager.default.contentsOfDirectory(atPath: folder + "/bodies") {
                try "evil".write(
                    toFile: folder + "/bodies/" + name, atomically: true, encoding: .utf8)
            }
            try await Stage.with(
                "web.test:\(server.port)", ports: [server.port], trusting: server.authority
            ) {
                $0.cache = cache
            } _: { stage in
                let answer = try stage.curl(site + "/kept")
                #expect(answer == "kept")
            }
        }
    }

    /// What a killed run left is removed, what a living one holds is not.
    @Test func foldersOfRunsThatAreGoneAreRemoved() async throws {
        try await withFolder { parent in
            try FileManager.default.createDirectory(
                atPath: parent, withIntermediateDirectories: false)
            let held = try RunFolder("trust", below: parent)
            for name in ["drydock-run-trust-x", "another"] {
                try FileManager.default.createDirectory(
                    atPath: "\(parent)/\(name)/d", withIntermediateDirectories: true)
            }
            try FileManager.default.createSymbolicLink(
                atPath: parent + "/drydock-run-link", withDestinationPath: parent + "/another")
            #expect(RunFolder.removeAbandoned(below: parent) == 1)
            let left = try FileManager.default.contentsOfDirectory(atPath: parent).sorted()
            #expect(left.count == 3 && left.contains("another"), "\(left)")
            #expect(FileManager.default.fileExists(atPath: held.path))
        }
    }

    private func withFolder(_ body: (String) async throws -> Void) async throws {
        let folder = NSTemporaryDirectory() + "drydock-recording-" + UUID().uuidString
        defer { try? FileManager.default.removeItem(atPath: folder) }
        try await body(folder)
    }
}
