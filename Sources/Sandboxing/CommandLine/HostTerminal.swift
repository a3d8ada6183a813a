internal import CLinux
internal import Glibc

/// This process's terminal in raw mode, while a command has one of its own.
final class HostTerminal {
    private var saved = termios()
    private let isTerminal: Bool

    init() {
        isTerminal = isatty(0) == 1 && tcgetattr(0, &saved) == 0
        guard isTerminal else { return }
        var raw = saved
        cfmakeraw(&raw)
        tcsetattr(0, TCSANOW, &raw)
    }

    func restore() {
        guard isTerminal else { return }
        tcsetattr(0, TCSANOW, &saved)
    }

    /// Of the terminal on standard input, or the usual size.
    static func size() -> TerminalSize {
        var rows: UInt16 = 0
        var columns: UInt16 = 0
        guard lx_terminal_size(0, &rows, &columns) >= 0, rows > 0, columns > 0 else {
            return TerminalSize()
        }
        return TerminalSize(rows: rows, columns: columns)
    }
}
