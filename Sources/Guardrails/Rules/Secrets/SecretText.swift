internal import Glibc

/// Tells random text from words, and prints secrets without giving them away.
enum SecretText {
    /// Shannon entropy in bits per byte.
    static func entropy(_ bytes: some Collection<UInt8>) -> Double {
        guard !bytes.isEmpty else { return 0 }
        var counts = [Int](repeating: 0, count: 256)
        for byte in bytes { counts[Int(byte)] += 1 }
        let total = Double(bytes.count)
        return counts.reduce(0) { sum, count in
            guard count > 0 else { return sum }
            let share = Double(count) / total
            return sum - share * log2(share)
        }
    }

    /// Text that stands for a secret: "changeme", "xxxx", "${TOKEN}", "<token>", sequences.
    static func isPlaceholder(_ text: String) -> Bool {
        let lowered = text.lowercased()
        if placeholders.contains(where: { lowered.contains($0) }) { return true }
        if lowered.contains(where: { "<>{}$%*".contains($0) }) { return true }
        return Set(lowered).count <= 5
    }

    private static let placeholders = [
        "example", "changeme", "change_me", "placeholder", "xxxx", "your", "dummy", "fake",
        "redacted", "12345678", "abcdefgh", "00000000", "deadbeef", "sample", "insert", "replace",
        "notreal", "not-a-real", "secret_key_here", "todo",
    ]

    /// The first four characters and the length.
    static func redacted(_ secret: String) -> String {
        "\(secret.prefix(4))… (\(secret.count) characters, redacted)"
    }

    /// The run of bytes around an offset that `isPart` accepts.
    static func token(
        in candidate: ContentCandidate, where isPart: (UInt8) -> Bool
    ) -> Range<Int> {
        let bytes = candidate.text.bytes
        var start = candidate.end
        while start > candidate.window.lowerBound, isPart(bytes[start - 1]) { start -= 1 }
        var end = candidate.end
        while end < candidate.window.upperBound, isPart(bytes[end]) { end += 1 }
        return start..<end
    }

    /// Letters, digits and the punctuation of token alphabets.
    static func isTokenByte(_ byte: UInt8) -> Bool {
        switch byte {
        case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, 0x5F, 0x2D, 0x2E: true
        default: false
        }
    }
}
