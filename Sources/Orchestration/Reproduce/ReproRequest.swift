package import RunModel

/// What `drydock repro` is to record, and how.
package struct RecordRequest: Sendable {
    /// Any path inside the repository.
    package var repository: String
    package var revision: String
    package var subject: Subject
    /// Where the bundle goes; `nil`: beside the caller, named after the tree.
    package var output: String?
    package var settings: ReproSettings
    /// Runs at recording: more than one shows whether the failure is stable.
    package var repeats = 2
    package var shrinks = false
    /// A folder that `--net-record` wrote: its answers stand for the network, and are carried along.
    package var answers: String?
    /// Whether the network's answers to the first run are recorded, given to all further ones, and
    /// carried along.
    package var recordsAnswers = false
    /// RFC 3339, UTC.
    package var now: String

    package init(
        repository: String, revision: String, subject: Subject, settings: ReproSettings,
        now: String
    ) {
        self.repository = repository
        self.revision = revision
        self.subject = subject
        self.settings = settings
        self.now = now
    }

    /// Where the command comes from.
    package enum Subject: Sendable {
        case command([String])
        /// A CI log: the failing command and tests are looked for in it.
        case log(path: String)
        /// A CI configuration file and a job in it, with the matrix entry to take.
        case job(file: String, name: String, matrix: [String: String])
    }
}

/// What the caller says about a run, at recording and at replay.
package struct ReproSettings: Sendable {
    /// On top of what is taken along or recorded.
    package var environment: [String: String] = [:]
    /// Set where given.
    package var limits = ResourceLimits()
    /// `nil`: `build`, and at replay the bundle may ask for nothing else.
    package var profile: String?
    /// `nil`: `host`, and at replay the bundle may ask for nothing else.
    package var image: String?
    /// `nil`: `none`, and at replay the bundle may ask for nothing else.
    package var network: String?

    package init() {}
}
