import CPosix

/// For which of its standard descriptors, when it is a terminal, this process writes what its commands print: with a line of
/// status, so that it does not mix with that; and where the commands could read there what is typed, since this process may
/// not open the terminal once more for writing alone (it is another user's, as after su).
struct Relay {
    let output: Bool
    let errors: Bool
    /// Whether both are one terminal: what comes from either is written to standard error, in the order in which it was printed.
    let isShared: Bool

    init(hasStatus: Bool, _ launcher: Launcher) {
        let isShared = wq_share_terminal(STDOUT_FILENO, STDERR_FILENO)
        output = launcher.isReadable(STDOUT_FILENO) || hasStatus && isShared
        errors = launcher.isReadable(STDERR_FILENO) || hasStatus
        self.isShared = isShared && output && errors
    }
}
