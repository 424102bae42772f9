import Base
import Redis

/// The queue's operations, each a Lua script that Redis runs as one step.
package enum Script: CaseIterable {
    case lease, adopt, recall, complete, renew, release, push, census, reap, orphan, configure, retry, list, purge, look

    /// The text that Redis is sent: the shared parts that the script's first line names, and the script.
    var source: Bytes {
        typealias Lua = PackageResources
        return switch self {
        case .lease: Self.grant + Lua.lease_lua
        case .adopt: Self.grant + Lua.adopt_lua
        case .reap: Self.due + Lua.reap_lua
        case .release: Self.back + Lua.release_lua
        case .orphan: Self.back + Lua.orphan_lua
        case .recall: Self.records + Lua.recall_lua
        case .complete: Self.records + Lua.complete_lua
        case .push: Self.records + Lua.push_lua
        case .retry: Self.records + Lua.retry_lua
        case .list: Self.records + Lua.list_lua
        case .renew: Lua.common_lua + Lua.renew_lua
        case .census: Lua.common_lua + Lua.census_lua
        case .configure: Lua.common_lua + Lua.configure_lua
        case .purge: Lua.common_lua + Lua.purge_lua
        case .look: Lua.look_lua
        }
    }

    // Each shared part stands on those before it.
    private static var records: Bytes { PackageResources.common_lua + PackageResources.records_lua }
    private static var back: Bytes { records + PackageResources.back_lua }
    private static var due: Bytes { back + PackageResources.due_lua }
    private static var grant: Bytes { due + PackageResources.grant_lua }

    /// Whether its answer tells of something that must not be lost, which `WQ_REPLICAS` is about.
    var isAcknowledgement: Bool {
        switch self {
        case .complete, .release, .push, .reap, .orphan, .configure, .retry, .purge: true
        case .lease, .adopt, .recall, .renew, .census, .list, .look: false
        }
    }
}
