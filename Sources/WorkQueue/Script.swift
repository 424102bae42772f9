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
    /// Makes the text that is sent to Redis: the shared parts that the file's first line names, then the file.
    let source: @Sendable () -> Bytes

    private init(_ name: StaticString, isAcknowledgement: Bool = false, source: @escaping @Sendable () -> Bytes) {
        self.name = name
        self.isAcknowledgement = isAcknowledgement
        self.source = source
    }

    package static func == (one: Script, other: Script) -> Bool { Bytes(one.name).equals(other.name) }
}

private func bytes(_ text: wq_text) -> Bytes { Bytes(UnsafeBufferPointer(start: text.bytes, count: text.count)) }

// Each shared part stands on those before it.
private func records() -> Bytes { bytes(wq_common_lua()) + bytes(wq_records_lua()) }
private func back() -> Bytes { records() + bytes(wq_back_lua()) }
private func due() -> Bytes { back() + bytes(wq_due_lua()) }
private func grant() -> Bytes { due() + bytes(wq_grant_lua()) }

extension Script {
    package static var lease: Script { Script("lease") { grant() + bytes(wq_lease_lua()) } }
    package static var adopt: Script { Script("adopt") { grant() + bytes(wq_adopt_lua()) } }
    package static var recall: Script { Script("recall") { records() + bytes(wq_recall_lua()) } }
    package static var complete: Script {
        Script("complete", isAcknowledgement: true) { bytes(wq_common_lua()) + bytes(wq_complete_lua()) }
    }
    package static var renew: Script { Script("renew") { bytes(wq_common_lua()) + bytes(wq_renew_lua()) } }
    package static var release: Script {
        Script("release", isAcknowledgement: true) { back() + bytes(wq_release_lua()) }
    }
    package static var push: Script { Script("push", isAcknowledgement: true) { records() + bytes(wq_push_lua()) } }
    package static var reap: Script { Script("reap", isAcknowledgement: true) { due() + bytes(wq_reap_lua()) } }
    package static var orphan: Script { Script("orphan", isAcknowledgement: true) { back() + bytes(wq_orphan_lua()) } }
    package static var retry: Script { Script("retry", isAcknowledgement: true) { records() + bytes(wq_retry_lua()) } }
    package static var purge: Script {
        Script("purge", isAcknowledgement: true) { bytes(wq_common_lua()) + bytes(wq_purge_lua()) }
    }
    package static var sweep: Script {
        Script("sweep", isAcknowledgement: true) { bytes(wq_common_lua()) + bytes(wq_sweep_lua()) }
    }
    package static var configure: Script {
        Script("configure", isAcknowledgement: true) { bytes(wq_common_lua()) + bytes(wq_configure_lua()) }
    }
    package static var census: Script { Script("census") { bytes(wq_common_lua()) + bytes(wq_census_lua()) } }
    package static var survey: Script { Script("survey") { records() + bytes(wq_survey_lua()) } }
    package static var scan: Script { Script("scan") { bytes(wq_common_lua()) + bytes(wq_scan_lua()) } }
    package static var reasons: Script { Script("reasons") { records() + bytes(wq_reasons_lua()) } }
    package static var stray: Script { Script("stray", isAcknowledgement: true) { back() + bytes(wq_stray_lua()) } }
    package static var list: Script { Script("list") { records() + bytes(wq_list_lua()) } }
    package static var look: Script { Script("look") { bytes(wq_look_lua()) } }

    /// All scripts; a unit test compares them with the files.
    static var all: [Script] {
        [
            .lease, .adopt, .recall, .complete, .renew, .release, .push, .reap, .orphan, .retry, .purge, .sweep,
            .configure, .census, .survey, .scan, .reasons, .stray, .list, .look,
        ]
    }
}
