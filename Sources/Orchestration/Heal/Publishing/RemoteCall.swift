internal import Forges
internal import GitWorktrees
internal import PolicyFiles

/// What may be asked of the process that holds the credential of a repository's own remote: these
/// and nothing else. Only the first names a server, and only the operator's configuration fills it.
enum RemoteCall: Codable, Sendable {
    case begin(RemoteSetting)
    case references(branches: [String])
    case publish(RemoteProposal)
    /// A branch's tip, with what it needs, into the quarantine.
    case fetch(branch: String, known: String)
}

enum RemoteAnswer: Codable, Sendable {
    case done
    case references(RemoteReferences)
    case commit(String)
    case failed(ForgeError)
}

/// One repository, its server, and where the proof for that is: no secret is in it.
struct RemoteSetting: Codable, Sendable {
    /// Any path in the repository on this machine.
    var repository: String
    var quarantine: String
    var url: String
    var user: String
    var keyFile: String?
    var passphraseFile: String?
    var knownHosts: [String]?
    var passwordFile: String?
    var authorities: String?

    init(_ section: RemoteSection, quarantine: String) {
        repository = section.repository
        self.quarantine = quarantine
        url = section.url
        user = section.user ?? ServerAccess.user(inURL: section.url) ?? "git"
        keyFile = section.keyFile
        passphraseFile = section.passphraseFile
        knownHosts = section.knownHosts
        passwordFile = section.passwordFile
        authorities = section.authorities
    }
}

/// One commit for one branch.
struct RemoteProposal: Codable, Sendable {
    var tree: String
    var parent: String
    var branch: String
    var message: String
    var author: String
    var email: String
    var timeSeconds: Int64
}
