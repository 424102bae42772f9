import Base
import Shell
import WorkQueue

let null = Option("0", "null", "", "items on input end with a NUL, not with a newline")
let whole = Option("", "whole", "", "take all of the input as one item")
let file = Option("f", "file", "FILE", "read items from FILE (-: standard input)")
let keepBlank = Option("", "keep-blank", "", "push empty lines too, as empty items")
let front = Option("", "front", "", "put each item before all others, the last one first")
let delay = Option("", "delay", "TIME", "keep the items back for TIME: 10, 500ms, 10s, 5m, 1h")
let id = Option("", "id", "NAME", "name the push: a rerun goes on where it stopped")
let unique = Option("", "unique", "", "push no item that is still in the queue")
let once = Option("", "once", "TIME", "push none that is there, or was pushed so within TIME")
let noWait = Option("", "no-wait", "", "push nothing more if the queue is full (max-ready)")
let seal = Option("", "seal", "", "seal the queue after the last item")
let ifActive = Option("", "if-active", "", "push nothing if the queue is drained")

Program(
    "wq-push", "QUEUE [ITEM]...", "Add items to a queue: the operands, else a line of input each.",
    [null, whole, file, keepBlank, front, delay, id, unique, once, noWait, seal, ifActive, .json],
    notes: """
        The item - alone stands for standard input; after -- it is itself.
        """
).run { (arguments) throws(Failure) in
    var request = PushRequest()
    if let delay = try arguments.duration(delay), delay > 0 { request.place = .delay(delay) }
    if arguments.has(front) {
        if arguments.has(delay) { throw Failure(.usage, "--front and --delay cannot be given together") }
        request.place = .front
    }
    request.name = arguments.value(id)
    if let name = request.name, name.isEmpty { throw Failure(.usage, "the name of a push must not be empty") }
    request.once = try arguments.duration(once) ?? (arguments.has(unique) ? 0 : nil)
    request.room = arguments.has(noWait) ? .needed : Variable.lease.value == nil ? .awaited : .unneeded
    request.seals = arguments.has(seal)
    request.onlyIfActive = arguments.has(ifActive)
    request.owner = arguments.configuration.owner
    let separation: Separation = arguments.has(whole) ? .whole : arguments.has(null) ? .nulls : .lines
    if arguments.has(file), !arguments.rest.isEmpty {
        throw Failure(.usage, "items and --file cannot be given together")
    }
    let items = try arguments.namesInput() ? ByteList() : arguments.rest

    var input =
        items.isEmpty
        ? try Input(path: arguments.value(file), separation, of: .item, keepsBlank: arguments.has(keepBlank))
        : Input(operands: items)
    var session = try arguments.session()
    let queue = session.queue.name.printable
    let isQuiet = arguments.has(.quiet)
    let line = PushLine(arguments, readsInput: items.isEmpty && !arguments.has(file))
    if line.isThere { request.report = line.show }
    request.lapsed = {
        line.hide()
        warn(
            "\(queue) was not held open for a while, since nothing was heard of this push in time: workers may have found it"
                + " drained and ended")
    }
    if line.isThere { request.fullPatience = 0 }
    request.full = {
        line.hide()
        if !isQuiet {
            warn("\(queue) is full, as its setting max-ready has it: this push waits until items are taken")
        }
    }
    let count: Int
    do throws(Failure) { count = try session.push(from: &input, request) } catch {
        line.hide()
        throw error
    }
    line.hide()
    var output = Output.standard
    if arguments.has(.json) {
        output.write(jsonObject(jsonMember("pushed", count)))
    } else {
        output.write("\(count)\n")
    }
    if arguments.has(.quiet) { output.discard() }
    do throws(Failure) { try output.flush() } catch { throw error.afterPushing(count) }
    return .done
}
