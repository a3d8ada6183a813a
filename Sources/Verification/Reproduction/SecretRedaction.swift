/// Takes secrets out of what a bundle shows to others: values of variables that are named or look
/// like credentials, and texts of known shapes wherever they stand.
///
/// What has no shape and no telling name is not recognised; a bundle is for people who may see the
/// repository.
package struct SecretRedaction: Sendable {
    package static let placeholder = "REDACTED"

    /// Values that were taken out of the environment, longest first.
    private let values: [String]

    /// Shorter values would be replaced all over the log (`1`, `true`, a user's name).
    private static let shortestValue = 6

    /// - Parameter secrets: values that are known to be secret.
    package init(secrets: [String]) {
        values = Set(secrets.filter { $0.utf8.count >= Self.shortestValue })
            .sorted { ($1.utf8.count, $0) < ($0.utf8.count, $1) }
    }

    /// Whether a variable must not leave the machine with its value.
    package static func isSecret(name: String, value: String) -> Bool {
        let words = name.uppercased().split(separator: "_").map(String.init)
        let telling: Set = [
            "TOKEN", "SECRET", "SECRETS", "PASSWORD", "PASSWD", "PASS", "PASSPHRASE", "CREDENTIAL",
            "CREDENTIALS", "KEY", "APIKEY", "AUTH", "COOKIE", "SESSION", "DSN", "PAT", "PRIVATE",
        ]
        if words.contains(where: telling.contains) { return true }
        return redactShapes(value) != value
    }

    /// The log without the values, and without texts that look like credentials.
    package func redact(_ bytes: [UInt8]) -> [UInt8] {
        // Bytes that are no text stay as they are: only whole lines that are text are changed.
        var result: [UInt8] = []
        result.reserveCapacity(bytes.count)
        for line in bytes.split(separator: 10, omittingEmptySubsequences: false) {
            if let text = String(validating: line, as: UTF8.self) {
                result += redact(text).utf8
            } else {
                result += line
            }
            result.append(10)
        }
        if !result.isEmpty { result.removeLast() }
        return result
    }

    package func redact(_ text: String) -> String {
        var text = text
        for value in values where text.contains(value) {
            text = text.replacing(value, with: Self.placeholder)
        }
        return Self.redactShapes(text)
    }

    private static func redactShapes(_ text: String) -> String {
        var text = text
        // Most lines have none of these characters together; the expressions are not for free.
        for shape in shapes where text.contains(shape.hint) {
            text = shape.replace(text)
        }
        return text
    }

    private struct Shape: Sendable {
        /// A text without which the expression cannot match.
        var hint: String
        var replace: @Sendable (String) -> String
    }

    /// Documented prefixes of tokens, and places in which credentials stand.
    private static let shapes: [Shape] = [
        // GitHub, GitLab, Slack, AWS, Google, PyPI, npm; JSON web tokens; keys of the `sk-` kind.
        Shape(hint: "gh") { $0.replacing(#/gh[pousr]_[A-Za-z0-9]{16,}/#, with: placeholder) },
        Shape(hint: "github_pat_") {
            $0.replacing(#/github_pat_[A-Za-z0-9_]{20,}/#, with: placeholder)
        },
        Shape(hint: "glpat-") { $0.replacing(#/glpat-[A-Za-z0-9_-]{16,}/#, with: placeholder) },
        Shape(hint: "xox") { $0.replacing(#/xox[abprs]-[A-Za-z0-9-]{10,}/#, with: placeholder) },
        Shape(hint: "AKIA") { $0.replacing(#/AKIA[A-Z0-9]{16}/#, with: placeholder) },
        Shape(hint: "AIza") { $0.replacing(#/AIza[A-Za-z0-9_-]{35}/#, with: placeholder) },
        Shape(hint: "pypi-") { $0.replacing(#/pypi-[A-Za-z0-9_-]{32,}/#, with: placeholder) },
        Shape(hint: "npm_") { $0.replacing(#/npm_[A-Za-z0-9]{30,}/#, with: placeholder) },
        Shape(hint: "sk-") { $0.replacing(#/sk-[A-Za-z0-9_-]{20,}/#, with: placeholder) },
        Shape(hint: "eyJ") {
            $0.replacing(
                #/eyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]*/#, with: placeholder)
        },
        Shape(hint: "://") {
            $0.replacing(#/:\/\/[^\/\s:@]*:[^\/\s@]+@/#, with: "://" + placeholder + "@")
        },
        Shape(hint: "uthorization") {
            $0.replacing(
                #/([Aa]uthorization["']?\s*[:=]\s*["']?(?:[A-Za-z]+ )?)[A-Za-z0-9._~+\/=-]{8,}/#
            ) { $0.output.1 + placeholder }
        },
        Shape(hint: "PRIVATE KEY") {
            $0.replacing(#/-----BEGIN [A-Z ]*PRIVATE KEY-----.*/#, with: placeholder)
        },
    ]
}

/// Variables of the host that a recording takes along when they are set: they change what builds
/// and tests do, and say nothing about the person.
package enum ReproEnvironment {
    package static let allowed: Set<String> = [
        "CI", "LANG", "LANGUAGE", "TZ", "TERM", "NO_COLOR", "FORCE_COLOR", "SOURCE_DATE_EPOCH",
        "PYTHONHASHSEED", "PYTHONWARNINGS", "PYTHONDONTWRITEBYTECODE", "PYTHONUTF8",
        "PYTEST_ADDOPTS", "NODE_ENV", "NODE_OPTIONS", "GOFLAGS", "GOOS", "GOARCH", "CGO_ENABLED",
        "RUSTFLAGS", "RUST_BACKTRACE", "CFLAGS", "CXXFLAGS", "CPPFLAGS", "LDFLAGS", "MAKEFLAGS",
        "CC", "CXX", "JAVA_TOOL_OPTIONS", "MAVEN_OPTS", "GRADLE_OPTS", "RUBYOPT", "RAILS_ENV",
    ]

    /// - Parameter host: the host's environment.
    package static func taken(from host: [String: String]) -> [String: String] {
        host.filter { allowed.contains($0.key) || $0.key.hasPrefix("LC_") }
    }
}
