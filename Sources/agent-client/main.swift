// agent-client TRANSCRIPT AGENT [ARG...]: prompts an ACP agent with standard input.
//
// Exits 0 when the agent ended its turn, 3 when it stopped for another reason, 2 when the
// conversation broke. What it says on standard output is for people; only the files count.

import Glibc
import JSONText

func say(_ text: String) {
    let line = Array((text + "\n").utf8)
    _ = write(2, line, line.count)
}

func readAll(_ descriptor: Int32) -> [UInt8] {
    var bytes: [UInt8] = []
    var chunk = [UInt8](repeating: 0, count: 65_536)
    while case let count = read(descriptor, &chunk, chunk.count), count > 0 {
        bytes += chunk[..<count]
    }
    return bytes
}

guard CommandLine.arguments.count >= 3 else {
    say("usage: agent-client TRANSCRIPT AGENT [ARG...]")
    exit(2)
}
signal(SIGPIPE, SIG_IGN)
let instruction = String(decoding: readAll(0), as: UTF8.self)
let log = fopen(CommandLine.arguments[1], "w")
guard let folder = getcwd(nil, 0) else {
    say("agent-client: the working directory has no name")
    exit(2)
}

do {
    var conversation = Conversation(
        try AgentProcess(Array(CommandLine.arguments.dropFirst(2))), in: String(cString: folder)
    ) { line in
        guard let log else { return }
        fputs(line + "\n", log)
        fflush(log)
    }
    let reason: String
    do { reason = try conversation.prompt(instruction) } catch {
        conversation.end()
        throw error
    }
    conversation.end()
    say("agent-client: the agent stopped: \(reason)")
    exit(reason == "end_turn" ? 0 : 3)
} catch {
    say("agent-client: \(error)")
    exit(2)
}
