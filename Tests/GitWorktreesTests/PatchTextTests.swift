import GitWorktrees
import Testing

@Suite("Patches are taken at their word or refused")
struct PatchTextTests {
    private func fileCount(_ text: String) throws(PatchFormatError) -> Int {
        try PatchText(Array(text.utf8)).fileCount
    }

    @Test("what git writes is read")
    func sound() throws {
        let patch = """
            diff --git a/x.txt b/x.txt
            index 7898192..6178079 100644
            --- a/x.txt
            +++ b/x.txt
            @@ -1 +1 @@
            -a
            +b
            diff --git a/old name b/new name
            similarity index 100%
            rename from old name
            rename to new name
            diff --git a/run b/run
            old mode 100644
            new mode 100755

            """
        #expect(try fileCount(patch) == 3)
        #expect(try fileCount("") == 0)
    }

    @Test(
        "headers that disagree with each other or with the body are refused",
        arguments: [
            "diff --git a/x b/x\n--- a/x\n+++ b/CODEOWNERS\n@@ -1 +1 @@\n-a\n+b\n",
            "diff --git a/x b/y\n--- a/x\n+++ b/x\n@@ -1 +1 @@\n-a\n+b\n",
            "diff --git a/x b/y\nold mode 100644\nnew mode 100755\n",
            "diff --git a/x b/y\nsimilarity index 100%\nrename from x\nrename to z\n",
            "diff --git a/x b/x\n--- a/x\n+++ b/x\n@@ -1 +1 @@\n-a\n+b\n+c\n",
            "diff --git a/x b/x\n--- a/x\n+++ b/x\n@@ -1,3 +1,3 @@\n-a\n+b\n",
            "diff --git a/x b/x\n--- a/x\n+++ b/x\n@@ -1 +1 @@\n-a\n+b\nevil\n",
            "diff --git a/x b/x\n--- a/x\n+++ b/x\n@@ -x +y @@\n-a\n+b\n",
            "diff --git a/x b/x\n--- a/x\n@@ -1 +1 @@\n-a\n+b\n",
            "diff --git a/x b/x\n--- x\n+++ x\n@@ -1 +1 @@\n-a\n+b\n",
            "--- a/x\n+++ b/x\n@@ -1 +1 @@\n-a\n+b\n", "hello\n",
        ])
    func contradictory(patch: String) {
        #expect(throws: PatchFormatError.self) { try fileCount(patch) }
    }

    @Test("mutated patches are read or refused", arguments: 0..<200)
    func mutated(seed: Int) throws {
        var state = UInt64(seed) &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        func random(_ bound: Int) -> Int {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Int(state >> 33) % bound
        }
        var bytes = Array(
            "diff --git a/x b/x\nindex 1..2 100644\n--- a/x\n+++ b/x\n@@ -1,2 +1,2 @@\n a\n-b\n+c\n"
                .utf8)
        for _ in 0...random(4) { bytes[random(bytes.count)] = UInt8(random(256)) }
        do {
            #expect(try PatchText(bytes).fileCount <= 1)
        } catch {
            #expect(error.line >= 1)
        }
    }
}
