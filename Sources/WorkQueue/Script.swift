import Base
import CScripts
import Redis

/// One of the queue's operations: a Lua script that Redis runs as one step. A program contains only the texts of the scripts
/// that it names.
package struct Script: Equatable, Sendable {
    /// The name of the script's file, without `.lua`.
    package let name: StaticString
    /// Whether the answer promises that a write was kept, so that `WQ_REPLICAS` applies to the script.
    let isAcknowledgement: Bool
    private let find: @Sendable @convention(c) () -> wq_script

    private init(
        _ name: StaticString, isAcknowledgement: Bool = false,
        _ find: @escaping @Sendable @convention(c) () -> wq_script
    ) {
        self.name = name
        self.isAcknowledgement = isAcknowledgement
        self.find = find
    }

    /// The text that is sent to Redis: what the prefix says, the shared parts that the file's first line names, then the
    /// file.
    package func source(after prefix: Bytes = []) -> Bytes {
        let script = find()
        return UnsafeBufferPointer(start: script.texts, count: script.count).reduce(into: prefix) {
            $0 += UnsafeBufferPointer(start: $1.bytes, count: $1.count)
        }
    }

    /// The name by which Redis knows the script once it has seen the text: its SHA-1, as 40 lower-case hexadecimal digits.
    package func digest(after prefix: Bytes = []) -> Bytes {
        let script = find()
        if prefix.isEmpty { return digits(script.digest.pointee) }
        return prefix.withUnsafeBufferPointer {
            digits(wq_digest_after(wq_text(bytes: $0.baseAddress, count: $0.count), script))
        }
    }

    package static func == (one: Script, other: Script) -> Bool { Bytes(one.name).equals(other.name) }
}

private func digits(_ digest: wq_digest) -> Bytes { withUnsafeBytes(of: digest.digits) { Bytes($0) } }

extension Script {
    package static var lease: Script { Script("lease", wq_script_lease) }
    package static var adopt: Script { Script("adopt", wq_script_adopt) }
    package static var recall: Script { Script("recall", wq_script_recall) }
    package static var complete: Script { Script("complete", isAcknowledgement: true, wq_script_complete) }
    package static var renew: Script { Script("renew", wq_script_renew) }
    package static var release: Script { Script("release", isAcknowledgement: true, wq_script_release) }
    package static var push: Script { Script("push", isAcknowledgement: true, wq_script_push) }
    package static var reap: Script { Script("reap", isAcknowledgement: true, wq_script_reap) }
    package static var orphan: Script { Script("orphan", isAcknowledgement: true, wq_script_orphan) }
    package static var retry: Script { Script("retry", isAcknowledgement: true, wq_script_retry) }
    package static var drop: Script { Script("drop", isAcknowledgement: true, wq_script_drop) }
    package static var weed: Script { Script("weed", isAcknowledgement: true, wq_script_weed) }
    package static var purge: Script { Script("purge", isAcknowledgement: true, wq_script_purge) }
    package static var sweep: Script { Script("sweep", isAcknowledgement: true, wq_script_sweep) }
    package static var configure: Script { Script("configure", isAcknowledgement: true, wq_script_configure) }
    package static var census: Script { Script("census", wq_script_census) }
    package static var survey: Script { Script("survey", wq_script_survey) }
    package static var scan: Script { Script("scan", wq_script_scan) }
    package static var tally: Script { Script("tally", wq_script_tally) }
    package static var stray: Script { Script("stray", isAcknowledgement: true, wq_script_stray) }
    package static var list: Script { Script("list", wq_script_list) }
    package static var look: Script { Script("look", wq_script_look) }

    /// All scripts; a unit test compares them with the files.
    static var all: [Script] {
        [
            .lease, .adopt, .recall, .complete, .renew, .release, .push, .reap, .orphan, .retry, .drop, .weed, .purge,
            .sweep, .configure, .census, .survey, .scan, .tally, .stray, .list, .look,
        ]
    }
}
