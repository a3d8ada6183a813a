/// What a provider's token looks like.
struct TokenShape: Sendable {
    var provider: String
    /// Matches from the prefix to the shortest valid length, so that one token is one hit.
    var expression: String
    /// Bits per character below which the text is no token.
    var entropyMin: Double
    var checksum: TokenChecksum?

    init(
        _ provider: String, _ expression: String, entropyMin: Double = 3,
        checksum: TokenChecksum? = nil
    ) {
        self.provider = provider
        self.expression = expression
        self.entropyMin = entropyMin
        self.checksum = checksum
    }

    /// Shapes with a prefix of their own; those that look like any hash are left to
    /// `generic-secret`, which wants a telling name beside them.
    static let all = [
        TokenShape("1Password service account", "\\bops_eyJ[A-Za-z0-9+/]{120}"),
        TokenShape("age", "\\bAGE-SECRET-KEY-1[QPZRY9X8GF2TVDW0S3JN54KHCE6MUA7L]{58}"),
        TokenShape("Anthropic", "\\bsk-ant-[a-z]{3,5}[0-9]{2}-[A-Za-z0-9_-]{60}"),
        TokenShape("Atlassian", "\\bATATT3[A-Za-z0-9_=-]{150}"),
        TokenShape("AWS access key", "\\b(AKIA|ASIA|ABIA|ACCA)[A-Z2-7]{16}\\b"),
        TokenShape("Azure storage", "AccountKey=[A-Za-z0-9+/]{86}=="),
        TokenShape("Azure client", "\\b[A-Za-z0-9_~.]{3}[0-9]Q~[A-Za-z0-9_~.-]{31}"),
        TokenShape("crates.io", "\\bcio[A-Za-z0-9]{32}\\b"),
        TokenShape("Databricks", "\\bdapi[a-f0-9]{32}"),
        TokenShape("DigitalOcean", "\\bdo[opr]_v1_[a-f0-9]{64}"),
        TokenShape(
            "Discord webhook", "discord(app)?\\.com/api/webhooks/[0-9]{17,20}/[A-Za-z0-9_-]{60}"),
        TokenShape("Doppler", "\\bdp\\.(pt|st|ct|sa)\\.[A-Za-z0-9._-]{40}"),
        TokenShape("Dynatrace", "\\bdt0[a-z][0-9]{2}\\.[A-Z0-9]{24}\\.[A-Z0-9]{64}"),
        TokenShape("Figma", "\\bfigd_[A-Za-z0-9_-]{38}"),
        TokenShape("GitHub", "\\bgh[pousr]_[A-Za-z0-9]{36}", checksum: .base62CRC32),
        TokenShape("GitHub fine-grained", "\\bgithub_pat_[A-Za-z0-9]{22}_[A-Za-z0-9]{59}"),
        TokenShape("GitLab", "\\bgl(pat|ptt|dt|rt|soat|agent|ft|imt|oas|cbt)-[A-Za-z0-9_-]{20}"),
        TokenShape("Google API", "\\bAIza[A-Za-z0-9_-]{35}"),
        TokenShape("Google OAuth", "\\b(GOCSPX-[A-Za-z0-9_-]{28}|ya29\\.[A-Za-z0-9_-]{60})"),
        TokenShape("Grafana", "\\b(glsa_[A-Za-z0-9]{32}_[a-f0-9]{8}|glc_[A-Za-z0-9+/]{60})"),
        TokenShape("Groq", "\\bgsk_[A-Za-z0-9]{52}"),
        TokenShape("Heroku", "\\bHRKU-[A-Za-z0-9_-]{58}"),
        TokenShape("Hugging Face", "\\bhf_[A-Za-z]{34}"),
        TokenShape("Linear", "\\blin_api_[A-Za-z0-9]{40}"),
        TokenShape("Mailchimp", "\\b[a-f0-9]{32}-us[0-9]{1,2}\\b"),
        TokenShape("Mailgun", "\\bkey-[a-f0-9]{32}\\b"),
        TokenShape("New Relic", "\\bNRAK-[A-Z0-9]{27}"),
        TokenShape("Notion", "\\bntn_[A-Za-z0-9]{46}"),
        TokenShape("npm", "\\bnpm_[A-Za-z0-9]{36}", checksum: .base62CRC32),
        TokenShape("OpenAI", "\\bsk-[A-Za-z0-9_-]{20,74}T3BlbkFJ[A-Za-z0-9_-]{20}"),
        TokenShape("OpenAI project", "\\bsk-(proj|svcacct|admin)-[A-Za-z0-9_-]{60}"),
        TokenShape("PlanetScale", "\\bpscale_(tkn|pw|oauth)_[A-Za-z0-9_=.-]{32}"),
        TokenShape("Postman", "\\bPMAK-[a-f0-9]{24}-[a-f0-9]{34}"),
        TokenShape("Pulumi", "\\bpul-[a-f0-9]{40}"),
        TokenShape("PyPI", "\\bpypi-AgE[A-Za-z0-9_-]{60}"),
        TokenShape("RubyGems", "\\brubygems_[a-f0-9]{48}"),
        TokenShape("SendGrid", "\\bSG\\.[A-Za-z0-9_-]{22}\\.[A-Za-z0-9_-]{43}"),
        TokenShape("Sentry", "\\bsntry[su]_[A-Za-z0-9=_]{60}"),
        TokenShape("Shopify", "\\bshp(at|ca|pa|ss)_[a-fA-F0-9]{32}"),
        TokenShape("Slack", "\\bxox[abeoprs]-[A-Za-z0-9-]{24}"),
        TokenShape("Slack app", "\\bxapp-[0-9]-[A-Z0-9]+-[0-9]+-[a-f0-9]{40}"),
        TokenShape(
            "Slack webhook",
            "hooks\\.slack\\.com/services/T[A-Z0-9]{8,12}/B[A-Z0-9]{8,12}/[A-Za-z0-9]{20}"),
        TokenShape("Square", "\\bsq0(atp|csp)-[A-Za-z0-9_-]{22}"),
        TokenShape("Stripe", "\\b[sr]k_live_[A-Za-z0-9]{20}"),
        TokenShape("Supabase", "\\bsbp_[a-f0-9]{40}"),
        TokenShape("Telegram", "\\b[0-9]{8,10}:AA[A-Za-z0-9_-]{33}\\b"),
        TokenShape("Terraform Cloud", "\\b[A-Za-z0-9]{14}\\.atlasv1\\.[A-Za-z0-9_=-]{60}"),
        TokenShape("Vault", "\\bhv[sbr]\\.[A-Za-z0-9_-]{24}"),
    ]
}

/// A check that a random text of the right shape fails.
enum TokenChecksum: Sendable {
    /// GitHub's and npm's: the last six characters are the CRC-32 of the 30 before, in base 62
    /// (github.blog, "Behind GitHub's new authentication token formats").
    case base62CRC32

    func holds(_ token: [UInt8]) -> Bool {
        guard let mark = token.firstIndex(of: UInt8(ascii: "_")), token.count >= mark + 37 else {
            return false
        }
        let body = token[(mark + 1)..<(mark + 31)]
        var value = Self.crc32(body)
        var digits: [UInt8] = []
        for _ in 0..<6 {
            digits.insert(Self.alphabet[Int(value % 62)], at: 0)
            value /= 62
        }
        return Array(token[(mark + 31)..<(mark + 37)]) == digits
    }

    private static let alphabet = Array(
        "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz".utf8)

    private static func crc32(_ bytes: some Sequence<UInt8>) -> UInt32 {
        var register: UInt32 = 0xFFFF_FFFF
        for byte in bytes {
            register ^= UInt32(byte)
            for _ in 0..<8 {
                register = register & 1 == 1 ? (register >> 1) ^ 0xEDB8_8320 : register >> 1
            }
        }
        return ~register
    }
}
