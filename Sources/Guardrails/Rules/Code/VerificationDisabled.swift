internal import RunModel

/// Checks of certificates, host names, signatures and tokens that are switched off.
struct VerificationDisabled: PatternRule {
    let metadata = RuleMetadata(
        id: "verification-disabled", category: .code, severity: .high, action: .block,
        title: "Verification switched off",
        rationale: """
            Without checking the other side's certificate, host name or signature, encryption \
            protects against nobody who can be in between. It is the usual "fix" for an expired or \
            missing certificate.
            """,
        remedy: "Trust the right certificate or key explicitly instead of trusting every one.",
        languages: [
            "C", "C#", "Go", "Java", "JavaScript", "Kotlin", "PHP", "Python", "Ruby", "Rust",
            "Shell", "Swift", "TypeScript", "YAML",
        ])

    private static let outside: PathTraits = [
        .test, .testData, .documentation, .vendored, .generated,
    ]
    private static func pattern(
        _ expression: String, _ files: FileFilter, ignoresCase: Bool = false
    ) -> ContentPattern {
        .code(expression, ignoresCase: ignoresCase, files: files.excluding(outside))
    }

    let patterns: [ContentPattern] = [
        // A guard taken from a function that stays.
        ContentPattern(
            "^[ \\t]*(@(login_required|permission_required|user_passes_test|authenticated|requires_auth|auth_required|jwt_required|token_required|PreAuthorize|RolesAllowed|Secured|UseGuards)\\b|\\[Authorize\\b|before_action[ \\t]+:(authenticate|authorize|require)|authorize!|[a-zA-Z.]*\\.use\\((requireAuth|ensureAuthenticated|authenticate)|if[ \\t(]+!?[a-zA-Z.]*(is_?[aA]uthenticated|is_?[aA]uthori[sz]ed|is_?[aA]dmin)\\b)",
            files: FileFilter.sourceCode.excluding(outside), side: .base,
            confirm: { candidate in
                let hunk = candidate.file.hunk(containing: candidate.line, on: .base)
                let staysOtherwise = candidate.file.new != nil && (hunk?.base.count ?? 9) <= 4
                return staysOtherwise && !candidate.isComment ? candidate.wholeLine : nil
            }),
        Self.pattern("\\bverify(_ssl|_certs)?[ \\t]*=[ \\t]*False\\b", .python),
        Self.pattern(
            "_create_unverified_context|\\bCERT_NONE\\b|check_hostname[ \\t]*=[ \\t]*False", .python
        ),
        Self.pattern("[\"']verify_(signature|exp|aud|iss)[\"'][ \\t]*:[ \\t]*False", .python),
        Self.pattern("AutoAddPolicy\\(|WarningPolicy\\(|disable_warnings\\(", .python),
        Self.pattern(
            "rejectUnauthorized[\"']?[ \\t]*[:=][ \\t]*false|strictSSL[\"']?[ \\t]*[:=][ \\t]*false",
            .javaScript),
        Self.pattern("NODE_TLS_REJECT_UNAUTHORIZED[^\\n]{0,8}[=:][ \\t]*[\"']?0", .any),
        Self.pattern(
            "algorithms[\"']?[ \\t]*[:=][ \\t]*\\[[ \\t]*[\"']none[\"']", .sourceCode,
            ignoresCase: true),
        Self.pattern("InsecureSkipVerify[ \\t]*[:=]+[ \\t]*true|InsecureIgnoreHostKey\\(", .go),
        Self.pattern(
            "danger_accept_invalid_(certs|hostnames)\\([ \\t]*true|SslVerifyMode::NONE", .rust),
        Self.pattern(
            "ALLOW_ALL_HOSTNAME_VERIFIER|NoopHostnameVerifier|TrustAllStrategy|AllowAllHostnameVerifier|InsecureTrustManagerFactory",
            .java),
        Self.pattern(
            "void[ \\t]+check(Server|Client)Trusted\\([^\\n]*\\{[ \\t]*\\}|\\.csrf\\(\\)\\.disable\\(|csrf[^\\n]{0,40}(::disable|\\.disable\\()|anyRequest\\(\\)\\.permitAll",
            .java),
        Self.pattern("--trusted-host\\b|\\btrusted-host[ \\t]*=", .any),
        Self.pattern(
            "[hH]ostnameVerifier[^\\n]{0,40}(->[ \\t]*true|\\{[^\\n]{0,40}true[ \\t]*\\})", .java),
        Self.pattern(
            "CURLOPT_SSL_VERIFY(PEER|HOST)[ \\t]*(,|=>)[ \\t]*(0|false|FALSE)", .cFamily.union(.php)
        ),
        Self.pattern("\\bSSL_VERIFY_NONE\\b|\\bVERIFY_NONE\\b", .cFamily.union(.ruby).union(.rust)),
        Self.pattern("[\"']verify_peer(_name)?[\"'][ \\t]*=>[ \\t]*false", .php),
        Self.pattern(
            "DangerousAcceptAnyServerCertificateValidator|ServerCertificate[A-Za-z]*Callback[^\\n]*(=>[ \\t]*true|return[ \\t]+true)",
            .cSharp),
        Self.pattern(
            "certificateVerification[ \\t]*[:=][ \\t]*\\.none|DisabledTrustEvaluator\\(|NSAllowsArbitraryLoads",
            .swift.union(FileFilter(extensions: ["plist"]))),
        Self.pattern(
            "\\bcurl\\b[^\\n|;#]*[ \\t](--insecure\\b|-[a-zA-Z]*k[a-zA-Z]*[ \\t])|--no-check-certificate\\b",
            .shellLike),
        Self.pattern(
            "http\\.sslVerify[= \\t]+[\"']?(false|0)|GIT_SSL_NO_VERIFY[=: \\t]+[\"']?(true|1)|PYTHONHTTPSVERIFY[=: \\t]+[\"']?0",
            .shellLike, ignoresCase: true),
        Self.pattern("StrictHostKeyChecking[= \\t]+[\"']?no\\b", .any, ignoresCase: true),
        Self.pattern(
            "strict-ssl[= \\t]+false|--allow-unauthenticated\\b|\\[trusted=yes\\]|--no-gpg-checks?\\b|\\bgpgcheck[ \\t]*=[ \\t]*0",
            .any, ignoresCase: true),
        Self.pattern(
            "\\b(insecure-skip-tls-verify|insecureSkipVerify|insecure_skip_verify|skip_tls_verify)[\"']?[ \\t]*[:=][ \\t]*true",
            .yaml.union(.terraform).union(FileFilter(extensions: ["json", "toml", "ini", "conf"]))),
        Self.pattern(
            "\\b(validate_certs|ssl_verify|tls_verify|verify_ssl|ssl_verification)[\"']?[ \\t]*[:=][ \\t]*(no|false|off|0)\\b",
            .yaml.union(FileFilter(extensions: ["json", "toml", "ini", "conf", "cfg"])),
            ignoresCase: true),
    ]

    func message(for match: ContentMatch) -> String { "the other side is not verified any more" }

    var examples: [RuleExample] {
        [
            .violating(
                "Python", base: ["a.py": "r = requests.get(url)\n"],
                head: ["a.py": "r = requests.get(url, verify=False)\n"]),
            .violating(
                "Go", head: ["a.go": "var c = &tls.Config{InsecureSkipVerify: true}\n"]),
            .violating(
                "JavaScript", head: ["a.ts": "new Agent({ rejectUnauthorized: false })\n"]),
            .violating(
                "Rust", head: ["a.rs": "Client::builder().danger_accept_invalid_certs(true)\n"]),
            .violating("shell", head: ["a.sh": "curl -fsSLk https://corp.net/x -o x\n"]),
            .violating("SSH", head: ["Dockerfile": "RUN ssh -o StrictHostKeyChecking=no h\n"]),
            .clean("in a test", head: ["tests/test_a.py": "get(url, verify=False)\n"]),
            .clean("in a comment", head: ["a.py": "# never use verify=False\n"]),
            .clean(
                "the line had it before", base: ["a.py": "get(u, verify=False)\n"],
                head: ["a.py": "get(url, verify=False)\n"]),
            .clean("curl with other flags", head: ["a.sh": "curl -fsSL https://corp.net/k -o k\n"]),
        ]
    }
}
