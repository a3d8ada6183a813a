internal import JSONText
internal import LinuxKernel

/// What is printed, read and watched, on its way to who asked for it.
extension LiveSupervisor {
    /// Sets the first chunk that somebody who listens has not had, for all processes in one pass.
    func settleFloors() {
        for process in processes { process.floor = .max }
        for connection in connections {
            if case .output(let process, let next) = connection.use { process.needs(next) }
        }
    }

    func listen(_ connection: LiveConnection, to process: HeldProcess, from chunk: Int) {
        connection.use = .output(process, next: chunk)
        process.needs(chunk)
    }

    /// Moves on what can be moved, and forgets what is done.
    func pump() {
        for process in processes where process.isRunning && process.waitStatus != nil {
            let isDone = process.drain(limit: keptLimit)
            if isDone || (process.lingersUntil ?? 0) <= Clock.milliseconds {
                process.finish(at: Clock.milliseconds)
                log.add(process)
            }
        }
        let highWater = min(
            LiveConnection.highWater, Self.keptBytesLimit / max(1, connections.count))
        for connection in connections {
            connection.highWater = highWater
            pump(connection)
        }
        connections.removeAll { $0.isGone || ($0.isClosing && !$0.wantsWrite) }
        prune()
    }

    /// Fills and writes until the peer takes no more, or there is no more.
    private func pump(_ connection: LiveConnection) {
        var isFull = false
        repeat {
            fill(connection)
            isFull = !connection.isBelowHighWater
            if connection.wantsWrite { connection.flush() }
        } while isFull && !connection.wantsWrite && !connection.isGone
    }

    private func fill(_ connection: LiveConnection) {
        switch connection.use {
        case .output(let process, var next):
            next = max(next, process.firstChunk)
            while connection.isBelowHighWater, let chunk = process.takeChunk(next) {
                connection.send(stream: chunk.stream, chunk.bytes[...])
                next += 1
            }
            connection.use = .output(process, next: next)
            if !process.isRunning, next >= process.endChunk { end(connection, process.endEvent) }
        case .download(let file):
            while connection.isBelowHighWater {
                guard let bytes = file.next() else {
                    end(connection, nil)
                    break
                }
                connection.send(stream: LiveFrame.Stream.file, bytes[...])
            }
        case .watch(let watcher) where connection.isBelowHighWater:
            for event in watcher.take() { connection.send(.event, event) }
        default: break
        }
    }

    private func end(_ connection: LiveConnection, _ event: JSONValue?) {
        if let event { connection.send(.event, event) }
        connection.sendEnd()
        connection.use = .none
        connection.close()
    }

    private func prune() {
        let now = Clock.milliseconds
        let ended = processes.count { !$0.isRunning }
        guard ended > 0 else { return }
        settleFloors()
        var surplus = ended - Self.keptProcesses
        processes.removeAll { process in
            guard let finishedAt = process.finishedAt, process.floor == .max else { return false }
            surplus -= 1
            return surplus >= 0 || now - finishedAt > Self.keptMilliseconds
        }
    }
}
