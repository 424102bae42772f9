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

/// The texts one after the other.
private func join(_ texts: wq_text...) -> Bytes {
    var bytes: Bytes = []
    for text in texts { bytes += UnsafeBufferPointer(start: text.bytes, count: text.count) }
    return bytes
}

extension Script {
    package static var lease: Script {
        Script("lease") {
            join(wq_common_lua(), wq_records_lua(), wq_back_lua(), wq_due_lua(), wq_grant_lua(), wq_lease_lua())
        }
    }
    package static var adopt: Script {
        Script("adopt") {
            join(wq_common_lua(), wq_records_lua(), wq_back_lua(), wq_due_lua(), wq_grant_lua(), wq_adopt_lua())
        }
    }
    package static var recall: Script { Script("recall") { join(wq_common_lua(), wq_records_lua(), wq_recall_lua()) } }
    package static var complete: Script {
        Script("complete", isAcknowledgement: true) { join(wq_common_lua(), wq_records_lua(), wq_complete_lua()) }
    }
    package static var renew: Script { Script("renew") { join(wq_common_lua(), wq_renew_lua()) } }
    package static var release: Script {
        Script("release", isAcknowledgement: true) {
            join(wq_common_lua(), wq_records_lua(), wq_back_lua(), wq_release_lua())
        }
    }
    package static var push: Script {
        Script("push", isAcknowledgement: true) { join(wq_common_lua(), wq_records_lua(), wq_push_lua()) }
    }
    package static var reap: Script {
        Script("reap", isAcknowledgement: true) {
            join(wq_common_lua(), wq_records_lua(), wq_back_lua(), wq_due_lua(), wq_reap_lua())
        }
    }
    package static var orphan: Script {
        Script("orphan", isAcknowledgement: true) {
            join(wq_common_lua(), wq_records_lua(), wq_back_lua(), wq_orphan_lua())
        }
    }
    package static var retry: Script {
        Script("retry", isAcknowledgement: true) { join(wq_common_lua(), wq_records_lua(), wq_retry_lua()) }
    }
    package static var purge: Script {
        Script("purge", isAcknowledgement: true) { join(wq_common_lua(), wq_purge_lua()) }
    }
    package static var configure: Script {
        Script("configure", isAcknowledgement: true) { join(wq_common_lua(), wq_configure_lua()) }
    }
    package static var census: Script { Script("census") { join(wq_common_lua(), wq_census_lua()) } }
    package static var list: Script { Script("list") { join(wq_common_lua(), wq_records_lua(), wq_list_lua()) } }
    package static var look: Script { Script("look") { join(wq_look_lua()) } }

    /// All scripts; a unit test compares them with the files.
    static var all: [Script] {
        [
            .lease, .adopt, .recall, .complete, .renew, .release, .push, .reap, .orphan, .retry, .purge, .configure,
            .census, .list, .look,
        ]
    }
}
