internal import CLinux

/// Terminals by a descriptor of either side.
package enum Terminals {
    package static func setSize(
        _ terminal: Int32, rows: UInt16, columns: UInt16
    ) throws(SystemError) {
        try SystemCall.perform("ioctl(TIOCSWINSZ)", "the terminal") {
            lx_set_terminal_size(terminal, rows, columns)
        }
    }
}
