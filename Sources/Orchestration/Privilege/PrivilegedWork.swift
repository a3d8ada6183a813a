internal import Foundation
internal import JSONText
package import RunModel
internal import RunStore
internal import Synchronization

/// The part of a service that has privilege: takes orders from the part that parses requests, looks
/// at each once more, and performs it. It reads nothing that came from outside in any other form.
package final class PrivilegedWork: Sendable {
    private let link: WorkLink
    private let performer: JobPerformer
    private let work: LocalSessionWork
    private let mirrors: any MirrorWork
    private let audit: any EventSink
    private let shelf: ImageShelf
    private let running = Mutex<[UInt64: Task<Void, Never>]>([:])

    package init(
        link: WorkLink, performer: JobPerformer, mirrors: any MirrorWork, audit: any EventSink,
        shelf: ImageShelf
    ) {
        self.link = link
        self.performer = performer
        work = LocalSessionWork(
            workbench: performer.workbench, repositories: performer.repositories)
        self.mirrors = mirrors
        self.audit = audit
        self.shelf = shelf
    }

    /// Until the other part is gone; what is under way is ended then.
    package func run() async {
        await withCheckedContinuation { (continuation: CheckedContinuation<Void, Never>) in
            let thread = Thread { [self] in
                // What is no order ends it all: the other part is not what it should be.
                while let order = try? link.receive(WorkOrder.self) { take(order) }
                continuation.resume()
            }
            thread.name = "drydock.orders"
            thread.start()
        }
        for task in running.withLock({ Array($0.values) }) {
            task.cancel()
            await task.value
        }
    }

    private func take(_ order: WorkOrder) {
        if case .cancel(let number) = order.call {
            running.withLock { $0[number] }?.cancel()
            return
        }
        running.withLock { running in
            guard running[order.number] == nil else { return }
            running[order.number] = Task {
                do {
                    answer(order.number, .done(try await perform(order)))
                } catch {
                    answer(order.number, .failed(WorkFailure(error)))
                }
                self.running.withLock { $0[order.number] = nil }
            }
        }
    }

    private func answer(_ number: UInt64, _ event: WorkEvent) {
        try? link.send(WorkAnswer(number: number, event: event))
    }

    private func perform(_ order: WorkOrder) async throws -> WorkValue {
        switch order.call {
        case .perform(let job, let tenant, let request):
            try WorkCheck.name(job, tenant)
            try JobPlan.check(request)
            let number = order.number
            let context = JobContext(
                id: job, tenant: tenant, request: request,
                output: { self.answer(number, .output(stream: $0, bytes: Data($1))) },
                progress: { self.answer(number, .progress($0)) },
                usage: { self.answer(number, .usage($0.text())) },
                keep: { self.answer(number, .artifact(name: $0, bytes: Data($1))) })
            return .text(try await performer.perform(context))
        case .open(let repository, let revision, let tenant):
            try WorkCheck.name(repository, tenant)
            guard !revision.hasPrefix("-") else { throw JobPlanError("this is no revision") }
            let (id, base) = try await work.open(
                repository: repository, revision: revision, tenant: tenant)
            return .opened(id: id, base: base)
        case .audit(let kind, let subject, let payload):
            try await audit.append(
                RecordedEvent(
                    subject: subject, kind: kind, time: WallClock.timestamp(), payload: payload))
            return .nothing
        case .images: return .images(shelf.images)
        case .mirror(let url, let name, let tenant):
            try await mirrors.clone(url, name: name, tenant: tenant)
            return .nothing
        case .fetchMirror(let name, let tenant):
            try await mirrors.fetch(name: name, tenant: tenant)
            return .nothing
        case .removeMirror(let name, let tenant):
            try await mirrors.remove(name: name, tenant: tenant)
            return .nothing
        case .cancel: return .nothing
        default: return try await performInSession(order.call)
        }
    }

    private func performInSession(_ call: WorkCall) async throws -> WorkValue {
        switch call {
        case .copies(let session, let count):
            try await check(session)
            guard (1...100).contains(count) else { throw JobPlanError("too many forks") }
            return .texts(try await work.makeForks(of: session, count: count))
        case .snapshotCount(let session):
            try await check(session)
            return .number(try await work.snapshotCount(of: session))
        case .bytes(let session):
            try await check(session)
            return .number(try await work.bytes(of: session))
        case .snapshot(let session):
            try await check(session)
            return .number(try await work.snapshot(session))
        case .rollBack(let session, let snapshot):
            try await check(session)
            try await work.rollBack(session, to: snapshot)
        case .close(let session):
            try await check(session)
            try await work.close(session)
        case .changes(let session):
            try await check(session)
            let changes = try await work.changes(of: session)
            return .changes(
                base: changes.base, tree: changes.tree, lists: changes.lists,
                patch: Data(changes.patch))
        case .read(let path, let session):
            try await check(session)
            return .bytes(Data(try await work.read(path, in: session)))
        case .write(let content, let path, let session):
            try await check(session)
            try await work.write(Array(content), to: path, in: session)
        case .list(let path, let depth, let session):
            try await check(session)
            guard (1...100).contains(depth) else { throw JobPlanError("too deep") }
            return .texts(try await work.list(path, depth: depth, in: session))
        case .gate(let session):
            try await check(session)
            return .gate(try await work.gateReport(of: session))
        case .perform, .open, .audit, .images, .cancel, .mirror, .fetchMirror, .removeMirror: break
        }
        return .nothing
    }

    /// Only the service's own sessions: the operator's lie in the same place.
    private func check(_ session: String) async throws {
        try WorkCheck.name(session)
        guard try await performer.store.session(session, tenant: nil) != nil else {
            throw JobPlanError("there is no such session of the service's")
        }
    }
}

/// Names become parts of paths.
enum WorkCheck {
    static func name(_ names: String...) throws(JobPlanError) {
        for name in names where !JobPlan.isName(name) {
            throw JobPlanError("\(name.prefix(100).debugDescription) is no name")
        }
    }
}
