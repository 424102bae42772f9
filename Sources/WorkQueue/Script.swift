import Base
import Redis

/// The queue's operations, each a Lua script that Redis runs as one step.
package enum Script {
    case lease, adopt, recall, complete, renew, release, push, census, reap, orphan, configure, retry, list, purge, look

    /// The text that Redis is sent.
    var source: Bytes {
        typealias Lua = PackageResources
        return switch self {
        case .lease: Lua.common_lua + Lua.returning_lua + Lua.heal_lua + Lua.lease_lua
        case .adopt: Lua.common_lua + Lua.returning_lua + Lua.heal_lua + Lua.adopt_lua
        case .recall: Lua.common_lua + Lua.recall_lua
        case .complete: Lua.common_lua + Lua.complete_lua
        case .renew: Lua.common_lua + Lua.renew_lua
        case .release: Lua.common_lua + Lua.returning_lua + Lua.release_lua
        case .push: Lua.common_lua + Lua.push_lua
        case .census: Lua.common_lua + Lua.census_lua
        case .reap: Lua.common_lua + Lua.returning_lua + Lua.heal_lua + Lua.reap_lua
        case .orphan: Lua.common_lua + Lua.returning_lua + Lua.orphan_lua
        case .configure: Lua.common_lua + Lua.configure_lua
        case .retry: Lua.common_lua + Lua.returning_lua + Lua.retry_lua
        case .list: Lua.common_lua + Lua.returning_lua + Lua.list_lua
        case .purge: Lua.common_lua + Lua.purge_lua
        case .look: Lua.look_lua
        }
    }

    /// Whether its answer tells of something that must not be lost, which `WQ_REPLICAS` is about.
    var isAcknowledgement: Bool {
        switch self {
        case .complete, .release, .push, .reap, .orphan, .configure, .retry, .purge: true
        case .lease, .adopt, .recall, .renew, .census, .list, .look: false
        }
    }
}
