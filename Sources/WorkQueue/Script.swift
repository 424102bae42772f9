import Base
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

private typealias Lua = PackageResources

// Each shared part stands on those before it.
private func records() -> Bytes { Lua.common_lua + Lua.records_lua }
private func back() -> Bytes { records() + Lua.back_lua }
private func due() -> Bytes { back() + Lua.due_lua }
private func grant() -> Bytes { due() + Lua.grant_lua }

extension Script {
    package static var lease: Script { Script("lease") { grant() + Lua.lease_lua } }
    package static var adopt: Script { Script("adopt") { grant() + Lua.adopt_lua } }
    package static var recall: Script { Script("recall") { records() + Lua.recall_lua } }
    package static var complete: Script {
        Script("complete", isAcknowledgement: true) { records() + Lua.complete_lua }
    }
    package static var renew: Script { Script("renew") { Lua.common_lua + Lua.renew_lua } }
    package static var release: Script { Script("release", isAcknowledgement: true) { back() + Lua.release_lua } }
    package static var push: Script { Script("push", isAcknowledgement: true) { records() + Lua.push_lua } }
    package static var reap: Script { Script("reap", isAcknowledgement: true) { due() + Lua.reap_lua } }
    package static var orphan: Script { Script("orphan", isAcknowledgement: true) { back() + Lua.orphan_lua } }
    package static var retry: Script { Script("retry", isAcknowledgement: true) { records() + Lua.retry_lua } }
    package static var purge: Script { Script("purge", isAcknowledgement: true) { Lua.common_lua + Lua.purge_lua } }
    package static var configure: Script {
        Script("configure", isAcknowledgement: true) { Lua.common_lua + Lua.configure_lua }
    }
    package static var census: Script { Script("census") { Lua.common_lua + Lua.census_lua } }
    package static var list: Script { Script("list") { records() + Lua.list_lua } }
    package static var look: Script { Script("look") { Lua.look_lua } }

    /// All scripts; a unit test compares them with the files.
    static var all: [Script] {
        [
            .lease, .adopt, .recall, .complete, .renew, .release, .push, .reap, .orphan, .retry, .purge, .configure,
            .census, .list, .look,
        ]
    }
}
