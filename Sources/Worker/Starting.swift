import Base
import CPosix
import WorkQueue

/// How commands are started, with the pipes between them and this process.
extension Worker {
    /// Starts a command for the items.
    /// - Throws: why the system could not.
    mutating func start(_ leases: [Lease]) throws(SystemError) -> Command {
        var (input, output, errors): (Feeding?, Capture?, Capture?)
        var (theirs, ours): ([Int32], Int32) = ([-1, -1, -1], -1)
        var error: Int32 = 0
        if work.isInput || work.isFed {
            if wq_pipe(&ours, &theirs[0], false) {
                input = Feeding(ours, work.isFed ? nil : launcher.input(of: leases))
            } else {
                error = wq_errno()
            }
        }
        var voice: Voice?
        if work.isFed {
            if wq_pipe(&ours, &theirs[1], true) { voice = Voice(ours) } else { error = wq_errno() }
        }
        let tag = work.arrangement.isTagged ? Capture.tag(leases) : []
        if work.capturesOutput { output = capture(&theirs[1], tag, &error, remembers: false) }
        if work.capturesErrors {
            errors = capture(&theirs[2], tag, &error, remembers: work.hasReasonFromErrors)
        }
        captureTerminal(&output, &errors, &theirs, tag, &error)
        if !work.isFed { input?.write() }
        let slot = freeSlot()
        do throws(SystemError) {
            defer {
                if theirs[2] == theirs[1] { theirs[2] = -1 }
                for end in theirs where end >= 0 { close(end) }
            }
            if error != 0 { throw SystemError(code: error) }
            let process = try launcher.start(leases, slot: slot, standard: theirs, watch)
            var command = Command(slot: slot, process: process, stopping: Stopping(grace: work.killAfter))
            (command.input, command.output, command.errors, command.voice) = (input, output, errors, voice)
            return command
        } catch {
            input?.finish()
            voice?.finish()
            output?.finish(into: &self.output)
            errors?.finish(into: &self.errors)
            throw error
        }
    }

    private mutating func capture(_ theirs: inout Int32, _ tag: Bytes, _ error: inout Int32, remembers: Bool)
        -> Capture?
    {
        var ours: Int32 = -1
        guard wq_pipe(&ours, &theirs, true) else {
            error = wq_errno()
            return nil
        }
        return Capture(ours, work.arrangement, tag: tag, remembers: remembers)
    }

    /// Has what the command would print on a terminal itself come through this process.
    private mutating func captureTerminal(
        _ output: inout Capture?, _ errors: inout Capture?, _ theirs: inout [Int32], _ tag: Bytes,
        _ error: inout Int32
    ) {
        let takesOutput = relay.output && output == nil && !work.isFed
        let takesErrors = relay.errors && errors == nil
        if takesOutput {
            output = captureTerminal(STDOUT_FILENO, &theirs[1], tag, &error)
            // One for both keeps their order.
            if takesErrors, relay.isShared { theirs[2] = theirs[1] }
        }
        if takesErrors, !takesOutput || !relay.isShared {
            errors = captureTerminal(STDERR_FILENO, &theirs[2], tag, &error)
        }
    }

    private mutating func captureTerminal(_ like: Int32, _ theirs: inout Int32, _ tag: Bytes, _ error: inout Int32)
        -> Capture?
    {
        var ours: Int32 = -1
        if error != 0 { return nil }
        if !wq_terminal(&ours, &theirs, like), !wq_pipe(&ours, &theirs, true) {
            error = wq_errno()
            return nil
        }
        return Capture(ours, work.arrangement, tag: tag, remembers: false)
    }

    /// The lowest number from 1 on that no command has.
    private mutating func freeSlot() -> Int {
        var slot = 1
        func isTaken() -> Bool { jobs.contains { $0.command.slot == slot } || idle.contains { $0.slot == slot } }
        while isTaken() { slot += 1 }
        return slot
    }
}
