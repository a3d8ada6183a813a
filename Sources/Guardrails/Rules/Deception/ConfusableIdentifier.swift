internal import RunModel

/// Words that mix Latin letters with look-alikes of other scripts.
struct ConfusableIdentifier: PatternRule {
    let metadata = RuleMetadata(
        id: "confusable-identifier", category: .deception, severity: .high, action: .block,
        title: "Letter of another script that looks Latin",
        rationale: """
            `аdmin` with a Cyrillic а is another name than `admin`; a reviewer reads them as one \
            (CVE-2021-42694).
            """,
        remedy: "Write the word in one script.",
        languages: ["source code"])

    let patterns = [
        ContentPattern(
            "[A-Za-z0-9_](\\xD0[\\x80-\\xBF]|\\xD1[\\x80-\\xBF]|\\xD2[\\x80-\\xBF]|\\xD3[\\x80-\\xBF]|\\xD4[\\x80-\\x9F]|\\xCE[\\x91-\\xBF]|\\xCF[\\x80-\\x8E])|(\\xD0[\\x80-\\xBF]|\\xD1[\\x80-\\xBF]|\\xD2[\\x80-\\xBF]|\\xD3[\\x80-\\xBF]|\\xD4[\\x80-\\x9F]|\\xCE[\\x91-\\xBF]|\\xCF[\\x80-\\x8E])[A-Za-z0-9_]",
            files: FileFilter.sourceCode.union(.yaml).excluding([.documentation, .testData]),
            confirm: Self.confusable)
    ]

    /// Letters of Cyrillic and Greek that are drawn as a Latin letter.
    private static let lookAlikes = Set(
        "аеорсухіјѕԁһԛԝѵАВЕКМНОРСТХІЈЅѴΑΒΕΖΗΙΚΜΝΟΡΤΥΧονρ".unicodeScalars)

    func message(for match: ContentMatch) -> String {
        "a word mixes Latin with letters that only look Latin"
    }

    private static func confusable(_ candidate: ContentCandidate) -> Range<Int>? {
        guard !candidate.isComment else { return nil }
        let words = candidate.string.unicodeScalars.split {
            !($0.properties.isAlphabetic || $0 == "_" || ("0"..."9").contains($0))
        }
        let mixed = words.contains { word in
            let foreign = word.filter { !$0.isASCII }
            return !foreign.isEmpty && word.contains { $0.isASCII && $0.properties.isAlphabetic }
                && foreign.allSatisfy { lookAlikes.contains($0) }
        }
        return mixed ? candidate.wholeLine : nil
    }

    var examples: [RuleExample] {
        [
            .violating("a name in Python", head: ["a.py": "is_\u{0430}dmin = True\n"]),
            .violating("a name in Go", head: ["a.go": "func scop\u{0435}() {}\n"]),
            .clean("a text in Russian", head: ["a.py": "title = 'Привет'\n"]),
            .clean("a unit", head: ["a.py": "label = '5 μs'\n"]),
            .clean("a comment", head: ["a.py": "# в Pythonе\n"]),
        ]
    }
}
