import Digests
import Foundation
import TestSupport
import Testing

@Suite struct KeyTests {
    /// RFC 8032, section 7.1, test 2.
    @Test func verifiesTheVectorOfTheRFC() throws {
        let key = try VerifyingKey(
            rawBytes: #require(
                Hexadecimal.decode(
                    "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c")))
        let signature = try #require(
            Hexadecimal.decode(
                "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da"
                    + "085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00"))
        #expect(key.isValid(signature: signature, for: [0x72]))
        #expect(!key.isValid(signature: signature, for: [0x73]))
    }

    @Test func keysSurvivePEM() throws {
        let key = SigningKey()
        let read = try KeyText.signingKey(pem: KeyText.pem(key))
        let signature = try read.sign([1, 2, 3])
        #expect(try key.verifyingKey.isValid(signature: signature, for: [1, 2, 3]))
        #expect(try KeyText.verifyingKey(pem: KeyText.pem(key.verifyingKey)) == key.verifyingKey)
    }

    @Test(arguments: ["", "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n", "x"])
    func refusesWhatIsNoKey(pem: String) {
        #expect(throws: KeyError.self) { try KeyText.signingKey(pem: pem) }
    }

    @Test func keyFilesAreClosedToOthers() throws {
        try withTemporaryDirectory { directory in
            let path = directory + "/signing.key"
            let key = try KeyFiles.loadOrCreate(at: path)
            #expect(try KeyFiles.loadOrCreate(at: path).verifyingKey == key.verifyingKey)
            #expect(try KeyFiles.loadVerifyingKey(at: path + ".pub") == key.verifyingKey)
            let attributes = try FileManager.default.attributesOfItem(atPath: path)
            #expect(attributes[.posixPermissions] as? Int == 0o600)
            try FileManager.default.setAttributes([.posixPermissions: 0o640], ofItemAtPath: path)
            #expect(throws: KeyError.self) { try KeyFiles.load(at: path) }
        }
    }

    /// Git's own id of a blob with this content.
    @Test func blobsHaveGitsIds() {
        #expect(GitObjectDigest.blob([]) == "e69de29bb2d1d6434b8b29ae775ad8c2e48c5391")
        #expect(
            GitObjectDigest.blob(Array("hello\n".utf8))
                == "ce013625030ba8dba906f756967f9e9ca394464a")
    }

    @Test func fieldsAreNotMixedUp() {
        func digest(_ fields: [String]) -> SHA256Digest {
            var builder = DigestBuilder()
            for field in fields { builder.add(field: field) }
            return builder.finish()
        }
        #expect(digest(["ab", "c"]) != digest(["a", "bc"]))
    }
}
