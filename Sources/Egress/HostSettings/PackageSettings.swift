internal import Foundation
package import RunModel

/// What the host's package managers are told: where their index is, and as whom they ask it.
///
/// The places are carried into the sandbox, as variables and as one file for cargo; the secrets are
/// not, they become credentials of the gateway. Only hosts that the rules allow count.
package struct PackageSettings: Sendable {
    /// Variables inside.
    package private(set) var environment: [String: String] = [:]
    /// `.cargo/config.toml` at the root, which cargo reads from every folder; empty for none.
    package private(set) var cargoConfiguration = ""
    package private(set) var credentials: [EdgeCredential] = []

    private let rules: EgressRules
    private let host: [String: String]

    /// - Parameters:
    ///   - environment: of the host.
    ///   - root: before every path, for tests.
    package init(environment: [String: String], rules: EgressRules, root: String = "") {
        // A variable that is set to nothing is as good as none.
        let environment = environment.filter { !$0.value.isEmpty }
        host = environment
        self.rules = rules
        let home = root + (environment["HOME"] ?? "/nonexistent")
        let configuration = environment["XDG_CONFIG_HOME"].map { root + $0 } ?? home + "/.config"
        readPip(
            (environment["PIP_CONFIG_FILE"].map { [root + $0] } ?? [])
                + [
                    "\(configuration)/pip/pip.conf", "\(home)/.pip/pip.conf",
                    "\(root)/etc/pip.conf",
                ])
        readNpm([
            environment["NPM_CONFIG_USERCONFIG"].map { root + $0 } ?? home + "/.npmrc",
            root + "/etc/npmrc", root + "/usr/etc/npmrc",
        ])
        readGo(configuration + "/go/env")
        readGit([home + "/.gitconfig", configuration + "/git/config", root + "/etc/gitconfig"])
        readCargo(environment["CARGO_HOME"].map { root + $0 } ?? home + "/.cargo")
    }

    // MARK: Each manager

    private mutating func readPip(_ paths: [String]) {
        let files = paths.compactMap(Self.file)
        func setting(_ variable: String, _ key: String) -> String? {
            host[variable]
                ?? files.compactMap { $0.values(key, in: ["global", "install"]).last }.first
        }
        for (variable, key) in [
            ("PIP_INDEX_URL", "index-url"), ("PIP_EXTRA_INDEX_URL", "extra-index-url"),
        ] {
            let urls = (setting(variable, key) ?? "").split(whereSeparator: \.isWhitespace)
            let carried = urls.enumerated().compactMap { index, url in
                carry(String(url), name: "pip\(key == "index-url" ? "" : "-extra\(index)")")
            }
            if !carried.isEmpty { environment[variable] = carried.joined(separator: " ") }
        }
        if let trusted = setting("PIP_TRUSTED_HOST", "trusted-host"), !environment.isEmpty {
            environment["PIP_TRUSTED_HOST"] = trusted
        }
    }

    private mutating func readNpm(_ paths: [String]) {
        let files = paths.compactMap(Self.file)
        let chosen = host["NPM_CONFIG_REGISTRY"] ?? host["npm_config_registry"]
        var registry = chosen
        for entry in files.flatMap(\.entries) {
            let value = expanded(entry.value)
            if entry.key == "registry", registry == nil { registry = value }
            if entry.key.hasPrefix("@"), entry.key.hasSuffix(":registry"),
                let url = carry(value, name: "npm-scope\(credentials.count)")
            {
                environment["NPM_CONFIG_" + entry.key] = url
            }
            guard entry.key.hasPrefix("//"), let colon = entry.key.lastIndex(of: ":") else {
                continue
            }
            let whole = entry.key[..<colon].dropFirst(2)
            let authority = whole.prefix { $0 != "/" }
            let place = Self.place(
                String(authority), path: String(whole[authority.endIndex...]))
            switch entry.key[entry.key.index(after: colon)...] {
            case "_authToken": add("npm\(credentials.count)", place, "Bearer ", value)
            case "_auth": add("npm\(credentials.count)", place, "Basic ", value)
            default: continue
            }
        }
        if let registry, let url = carry(registry, name: "npm") {
            environment["NPM_CONFIG_REGISTRY"] = url
        }
    }

    private mutating func readGo(_ path: String) {
        let file = Self.file(path)
        for name in ["GOPROXY", "GOSUMDB", "GONOSUMDB", "GONOSUMCHECK", "GOPRIVATE", "GONOPROXY"] {
            guard let value = host[name] ?? file?.values(name.lowercased()).last, !value.isEmpty
            else { continue }
            guard name == "GOPROXY" else {
                environment[name] = value
                continue
            }
            // A list by commas and bars; `direct` and `off` are words of it.
            var text = ""
            var part = ""
            for character in value + "," {
                guard character == "," || character == "|" else {
                    part.append(character)
                    continue
                }
                let isWord = part == "direct" || part == "off"
                if let url = isWord ? part : carry(part, name: "go\(credentials.count)") {
                    text += url + String(character)
                }
                part = ""
            }
            if text.contains("://") { environment[name] = String(text.dropLast()) }
        }
    }

    private mutating func readGit(_ paths: [String]) {
        var pairs: [(String, String)] = []
        for entry in paths.compactMap(Self.file).flatMap(\.entries)
        where entry.section.hasPrefix("url \"") && entry.section.hasSuffix("\"") {
            let url = String(entry.section.dropFirst(5).dropLast())
            let key = entry.key.lowercased()
            guard key == "insteadof" || key == "pushinsteadof",
                let carried = carry(url, name: "git\(credentials.count)")
            else { continue }
            pairs.append(("url.\(carried).\(entry.key)", entry.value))
        }
        guard !pairs.isEmpty else { return }
        environment["GIT_CONFIG_COUNT"] = String(pairs.count)
        for (index, pair) in pairs.enumerated() {
            environment["GIT_CONFIG_KEY_\(index)"] = pair.0
            environment["GIT_CONFIG_VALUE_\(index)"] = pair.1
        }
    }

    private mutating func readCargo(_ folder: String) {
        guard let file = Self.file(folder + "/config.toml") ?? Self.file(folder + "/config") else {
            return
        }
        let tokens = Self.file(folder + "/credentials.toml")
        var text = ""
        for entry in file.entries {
            let isPlace =
                entry.section.hasPrefix("source.")
                && ["registry", "replace-with"].contains(entry.key)
                || entry.section.hasPrefix("registries.") && entry.key == "index"
            guard isPlace else { continue }
            var value = entry.value
            if entry.key != "replace-with" {
                let sparse = value.hasPrefix("sparse+") ? "sparse+" : ""
                guard
                    let url = carry(
                        String(value.dropFirst(sparse.count)), name: "cargo\(credentials.count)")
                else { continue }
                value = sparse + url
                if let token = tokens?.values("token", in: [entry.section]).last,
                    let place = Self.place(url)
                {
                    add("cargo\(credentials.count)", place, "", token)
                }
            }
            guard !value.contains("\""), !value.contains("\\") else { continue }
            text += "[\(entry.section)]\n\(entry.key) = \"\(value)\"\n"
        }
        if text.contains("://") { cargoConfiguration = text }
    }

    // MARK: Places and secrets

    /// The URL without user and password, which become a credential; `nil` when no rule allows it.
    private mutating func carry(_ text: String, name: String) -> String? {
        guard var parts = URLComponents(string: text), let scheme = parts.scheme,
            ["http", "https"].contains(scheme), let host = parts.host,
            let hostName = try? HostName(host),
            let port = UInt16(exactly: parts.port ?? (scheme == "https" ? 443 : 80)),
            rules.rule(for: hostName, port: port) != nil
        else { return nil }
        if let user = parts.user {
            let password = parts.password ?? ""
            // A token alone stands where a user would.
            let (login, secret) = password.isEmpty ? ("", user) : (user, password)
            add(
                name, Self.place("\(host):\(port)", path: parts.path), "", secret,
                username: password.isEmpty ? secret : login)
        }
        parts.user = nil
        parts.password = nil
        return parts.string
    }

    private mutating func add(
        _ name: String, _ place: String, _ prefix: String, _ secret: String, username: String? = nil
    ) {
        guard let rule = try? EgressRule(entry: place), case .exact(let host) = rule.target,
            rule.ports.contains(where: { rules.rule(for: host, port: $0) != nil }),
            let credential = try? EdgeCredential(
                name: name, hosts: [place], prefix: prefix, username: username, secret: secret)
        else { return }
        credentials.append(credential)
    }

    /// Several managers may have their index at one host, each below a path of its own.
    private static func place(_ authority: String, path: String) -> String {
        path.count > 1 && RequestPath.isPlain(path) ? "\(authority);path=\(path)" : authority
    }

    private static func place(_ url: String) -> String? {
        URLComponents(string: url).flatMap { parts in
            parts.host.map { "\($0):\(parts.port ?? (parts.scheme == "https" ? 443 : 80))" }
        }
    }

    /// `${NAME}` as npm reads it.
    private func expanded(_ text: String) -> String {
        guard text.hasPrefix("${"), text.hasSuffix("}") else { return text }
        return host[String(text.dropFirst(2).dropLast())] ?? ""
    }

    private static func file(_ path: String) -> SettingsFile? {
        guard let data = FileManager.default.contents(atPath: path), data.count < 1 << 20 else {
            return nil
        }
        return SettingsFile(String(decoding: data, as: UTF8.self))
    }
}
