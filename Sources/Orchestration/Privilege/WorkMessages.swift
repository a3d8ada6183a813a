package import Foundation
package import RunModel

/// What the part that parses requests asks of the part that has privilege.
package struct WorkOrder: Codable, Sendable {
    /// Names the answers.
    package var number: UInt64
    package var call: WorkCall

    package init(number: UInt64, call: WorkCall) {
        self.number = number
        self.call = call
    }
}

package enum WorkCall: Codable, Sendable {
    case perform(job: String, tenant: String, request: JobRequest)
    /// Ends the order of that number.
    case cancel(order: UInt64)
    case open(repository: String, revision: String, tenant: String)
    case copies(session: String, count: Int)
    case snapshotCount(session: String)
    case bytes(session: String)
    case snapshot(session: String)
    case rollBack(session: String, snapshot: Int)
    case close(session: String)
    case changes(session: String)
    case read(path: String, session: String)
    case write(content: Data, path: String, session: String)
    case list(path: String, depth: Int, session: String)
    case gate(session: String)
    /// Appends to the signed log; the time is the performer's.
    case audit(kind: String, subject: String, payload: String)
    case images
    case mirror(url: String, name: String, tenant: String)
    case fetchMirror(name: String, tenant: String)
    case removeMirror(name: String, tenant: String)
}

package struct WorkAnswer: Codable, Sendable {
    package var number: UInt64
    package var event: WorkEvent
}

package enum WorkEvent: Codable, Sendable {
    case output(stream: String, bytes: Data)
    case progress(String)
    /// A JSON document.
    case usage(String)
    case artifact(name: String, bytes: Data)
    /// The last of an order, as `failed`.
    case done(WorkValue)
    case failed(WorkFailure)
}

package enum WorkValue: Codable, Sendable {
    case nothing
    case text(String)
    case number(Int)
    case texts([String])
    case bytes(Data)
    case opened(id: String, base: String)
    case changes(base: String, tree: String, lists: ChangeLists, patch: Data)
    case gate(GateReport)
    case images([ImageShelf.Image])
}

/// An error on its way back.
package struct WorkFailure: Codable, Sendable, Error, CustomStringConvertible {
    package enum Kind: String, Codable, Sendable { case cancelled, file, mirror, plan, other }

    package var kind: Kind
    package var subject: String
    package var reason: String

    init(_ error: any Error) {
        switch error {
        case is CancellationError: (kind, subject, reason) = (.cancelled, "", "cancelled")
        case let error as SessionFileError:
            (kind, subject, reason) = (.file, error.path, error.reason)
        case let error as MirrorError:
            (kind, subject, reason) = (.mirror, error.kind.rawValue, error.description)
        case let error as JobPlanError:
            (kind, subject, reason) = (.plan, "", error.description)
        default: (kind, subject, reason) = (.other, "", "\(error)")
        }
    }

    package var description: String { reason }

    /// As whoever called would have had it in its own process.
    var original: any Error {
        switch kind {
        case .cancelled: CancellationError()
        case .file: SessionFileError(path: subject, reason: reason)
        case .mirror: MirrorError(MirrorError.Kind(rawValue: subject) ?? .notFetched, reason)
        case .plan: JobPlanError(reason)
        case .other: self
        }
    }
}
