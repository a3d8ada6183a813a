import Glibc

/// A child process that speaks over its standard input and output, one message a line.
struct AgentProcess: ~Copyable {
    /// Longer messages end the conversation.
    private static let lineByteLimit = 16 << 20

    private let pid: pid_t
    private let input: Int32
    private let output: Int32
    private var buffer: [UInt8] = []
    private var isOver = false

    enum Failure: Error { case cannotStart(Int32), hasEnded, messageTooLong }

    /// - Throws: `Failure.cannotStart` with the error number of posix_spawnp(3).
    init(_ arguments: [String]) throws(Failure) {
        var toChild: [Int32] = [0, 0]
        var fromChild: [Int32] = [0, 0]
        guard pipe(&toChild) == 0, pipe(&fromChild) == 0 else { throw .cannotStart(errno) }
        for end in toChild + fromChild { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_adddup2(&actions, toChild[0], 0)
        posix_spawn_file_actions_adddup2(&actions, fromChild[1], 1)
        var texts = arguments.map { strdup($0) }
        defer { for text in texts { free(text) } }
        texts.append(nil)
        var child: pid_t = 0
        let code = posix_spawnp(&child, arguments[0], &actions, nil, texts, environ)
        close(toChild[0])
        close(fromChild[1])
        guard code == 0 else { throw .cannotStart(code) }
        pid = child
        input = toChild[1]
        output = fromChild[0]
    }

    func send(_ line: String) throws(Failure) {
        var rest = Array(line.utf8)[...] + [UInt8(ascii: "\n")]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { write(input, $0.baseAddress, $0.count) }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { throw .hasEnded }
            rest = rest.dropFirst(count)
        }
    }

    /// The next line; `nil` when there are no more.
    mutating func receive() throws(Failure) -> [UInt8]? {
        while true {
            if let end = buffer.firstIndex(of: UInt8(ascii: "\n")) {
                let line = Array(buffer[..<end])
                buffer.removeSubrange(...end)
                if line.contains(where: { $0 > 0x20 }) { return line }
                continue
            }
            guard buffer.count < Self.lineByteLimit else { throw .messageTooLong }
            guard !isOver else { return nil }
            var chunk = [UInt8](repeating: 0, count: 65_536)
            let count = read(output, &chunk, chunk.count)
            if count < 0, errno == EINTR { continue }
            isOver = count <= 0
            buffer += chunk.prefix(max(0, count))
        }
    }

    /// Ends the conversation: the agent gets a moment to end by itself.
    consuming func end() {
        close(input)
        for _ in 0..<20 {
            if waitpid(pid, nil, WNOHANG) == pid { return }
            usleep(50_000)
        }
        kill(pid, SIGKILL)
        waitpid(pid, nil, 0)
    }
}
