internal import RunModel

/// One finding in a SARIF log.
struct SARIFResult: Encodable {
    var ruleId: String
    var ruleIndex: Int?
    var level: String
    var message: SARIFText
    var locations: [SARIFLocation]
    var partialFingerprints: [String: String]

    init(finding: Finding, ruleIndex: Int?) {
        ruleId = finding.rule
        self.ruleIndex = ruleIndex
        level = Self.level(finding.action)
        var text = InvisibleText.escaped(finding.message)
        if !finding.evidence.isEmpty { text += ": \(InvisibleText.escaped(finding.evidence))" }
        // A bracket would begin an embedded link (SARIF 3.11.6).
        message = SARIFText(text: Self.withoutLinks(text))
        locations = [SARIFLocation(path: finding.path, line: finding.line)]
        partialFingerprints = ["drydock/v1": finding.fingerprint]
    }

    static func level(_ action: RuleAction) -> String {
        switch action {
        case .block: "error"
        case .review: "warning"
        case .warn: "note"
        case .off: "none"
        }
    }

    private static func withoutLinks(_ text: String) -> String {
        var result = ""
        for character in text {
            if character == "[" || character == "]" || character == "\\" { result += "\\" }
            result.append(character)
        }
        return result
    }
}

struct SARIFLocation: Encodable {
    var physicalLocation: Physical

    struct Physical: Encodable {
        var artifactLocation: Artifact
        var region: Region
    }

    struct Artifact: Encodable {
        var uri: String
        var uriBaseId = "%SRCROOT%"
    }

    struct Region: Encodable {
        var startLine: Int
    }

    init(path: String, line: Int?) {
        physicalLocation = Physical(
            artifactLocation: Artifact(uri: path.isEmpty ? "." : Self.uri(path)),
            region: Region(startLine: line ?? 1))
    }

    /// A relative reference (RFC 3986): every byte that is not unreserved is percent-encoded.
    private static func uri(_ path: String) -> String {
        let digits = Array("0123456789ABCDEF")
        var result = ""
        for byte in path.utf8 {
            switch byte {
            case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, 0x2D, 0x2E, 0x5F, 0x7E, 0x2F:
                result.unicodeScalars.append(Unicode.Scalar(byte))
            default:
                result += "%"
                result.append(digits[Int(byte >> 4)])
                result.append(digits[Int(byte & 15)])
            }
        }
        return result
    }
}
