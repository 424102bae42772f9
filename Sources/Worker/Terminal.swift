import CPosix

/// The terminal at standard input, which one process group has at a time: that of this process, or that of the command.
struct Terminal {
    /// Whether the group of this process had the terminal at the start, and so may lend it.
    let isOurs = wq_terminal_group() == getpgrp()

    /// Takes the terminal back from the command.
    func take(from process: Process) {
        if isOurs, wq_terminal_group() == process.id { wq_give_terminal(getpgrp()) }
    }

    /// Stops the whole job, this process included, since Ctrl-Z stopped the command; all of it goes on together.
    func stop(with process: Process) {
        guard isOurs else { return }
        take(from: process)
        kill(0, SIGTSTP)
        // In the background now, this process has nothing to lend.
        if wq_terminal_group() == getpgrp() { wq_give_terminal(process.id) }
        process.send(SIGCONT)
    }

    /// Takes the terminal back after the command's end. Ctrl-C reached the command alone; the script that this process is
    /// part of must hear it, too.
    func end(with process: Process, _ status: Status) {
        take(from: process)
        if isOurs, let number = status.signal, number == SIGINT || number == SIGQUIT { wq_die_with_group(number) }
    }
}
