# Loaded after more by the tests of wq-list.
# shellcheck shell=bash
# shellcheck disable=SC2034 # the tests use what is set here

# A queue with items in every state. $HELD is the lease, $WAITS the delayed item, $DEAD the dead one.
every_state() {
    dead job durian 'no stone'
    DEAD=$(r zrange job:dead 0 0)
    wq-push -q job cherry
    WAITS=$(lease job)
    wq-release --delay 1h --reason 'not ripe' job "$WAITS"
    wq-push -q job banana apple apricot
    HELD=$(WQ_OWNER=me lease job)
    r lpush job:arriving avocado
    r lpush job:processing kiwi
    r set "$(lease_key job kiwi)" session px 60000
    r lpush job:processing lime
}

# columns N...: of what was answered.
columns() {
    cut -f"$1" "$BOX/out"
}
