#!/usr/bin/env bats
# wq-list: what lies in a queue, item by item, for scripts, for programs and for eyes.

load helper
load more
load list

@test "an empty queue, or one that never was, shows nothing" {
    answers 0 wq-list job
    silent
    answers 0 wq-list --dead --json job
    silent
    is "$(r dbsize)" 0
}

@test "--ready: the items alone, the next one first, what is not known is -" {
    wq-push job apple banana
    wq-push --front job cherry
    answers 0 wq-list --ready job
    for item in cherry apple banana; do
        printf -- '-\tready\t-\t-\t-\t-\t%s\n' "$item"
    done | cmp - "$BOX/out"
    complains ''
    is "$(columns 7)" "$(wq-lease -n 3 job | cut -f2)"
}

@test "--leased: ID, attempt, owner, and for how much longer" {
    every_state
    answers 0 wq-list --leased job
    is "$(columns 1-4,6-)" "$HELD${TAB}leased${TAB}1${TAB}me${TAB}-${TAB}banana"
    left=$(columns 5)
    between 50000 "$left" 60000
}

@test "--leased: who ends first comes first, and one that is over is so many ms ago" {
    wq-push job apple banana cherry
    lapsed job
    wq-renew -l 1h job "$(r zrange job:leased 0 0)"
    lease job -l 1m
    answers 0 wq-list --leased job
    is "$(columns 7)" $'banana\napple'
    r zadd job:leased xx "$(($(now) - 5000))" "$(columns 1 | tail -n 1)"
    answers 0 wq-list --leased job
    is "$(columns 7)" $'apple\nbanana'
    [ "$(columns 5 | head -n 1)" -le -5000 ]
}

@test "--delayed: the time until it is due, failed attempts, and why" {
    every_state
    answers 0 wq-list --delayed job
    is "$(columns 1-3,6-)" "$WAITS${TAB}delayed${TAB}1${TAB}not ripe${TAB}cherry"
    left=$(columns 5)
    between 3590000 "$left" 3600000
    wq-push -q --delay 1m other fig
    answers 0 wq-list --delayed other
    is "$(columns 2-4,6-)" "delayed${TAB}0${TAB}-${TAB}-${TAB}fig"
}

@test "--dead: of what, whose, and how long ago" {
    wq-push -q job durian
    lease=$(WQ_OWNER=me lease job)
    wq-release --dead --reason 'no stone' job "$lease"
    answers 0 wq-list --dead job
    is "$(columns 1-4,6-)" "$lease${TAB}dead${TAB}1${TAB}me${TAB}no stone${TAB}durian"
    age=$(columns 5)
    between 0 "$age" 10000
}

@test "--arriving and --rediswq: what others hold, and what nobody does" {
    every_state
    answers 0 wq-list --arriving job
    is "$(<"$BOX/out")" "-${TAB}arriving${TAB}-${TAB}-${TAB}-${TAB}-${TAB}avocado"
    answers 0 wq-list --rediswq job
    is "$(columns 1-4,6-)" "-${TAB}rediswq${TAB}-${TAB}session${TAB}-${TAB}kiwi
-${TAB}rediswq${TAB}-${TAB}-${TAB}no lease${TAB}lime"
    left=$(columns 5 | head -n 1)
    between 50000 "$left" 60000
}

@test "the guard is no item" {
    wq-push job apple
    lease job
    answers 0 wq-list --rediswq job
    silent
}

@test "all states are shown if none is named" {
    every_state
    answers 0 wq-list job
    is "$(columns 2,7)" "leased${TAB}banana
arriving${TAB}avocado
rediswq${TAB}kiwi
rediswq${TAB}lime
ready${TAB}apple
ready${TAB}apricot
delayed${TAB}cherry
dead${TAB}durian"
}

@test "several states can be named" {
    every_state
    answers 0 wq-list --dead --ready job
    is "$(columns 2 | sort | uniq -c | tr -s ' ')" $' 1 dead\n 2 ready'
}

@test "-n limits the items of each state" {
    every_state
    answers 0 wq-list -n 1 job
    is "$(columns 7 | paste -sd' ')" 'banana avocado kiwi apple cherry durian'
    answers 0 wq-list --count=5 --ready job
    is "$(columns 7)" $'apple\napricot'
    seq 1000 | wq-push -q other
    answers 0 wq-list -n 450 other
    is "$(columns 7)" "$(seq 450)"
    # The guard does not count.
    r lpush job:processing mango melon
    answers 0 wq-list -n 4 --rediswq job
    is "$(columns 7 | sort | paste -sd' ')" 'kiwi lime mango melon'
}

@test "lists longer than one call may show come whole and in order" {
    seq 1500 | wq-push -q job
    wq-lease -n 700 job >"$BOX/leases"
    head -n 350 "$BOX/leases" | wq-release --dead job -
    answers 0 wq-list --ready job
    is "$(columns 7)" "$(seq 701 1500)"
    answers 0 wq-list --leased job
    is "$(columns 7)" "$(seq 351 700)"
    answers 0 wq-list --dead --json job
    json 'sorted(int(one["item"]) for one in all) == list(range(1, 351))'
}

@test "large items come whole" {
    for n in 1 2 3 4; do
        head -c 700000 /dev/zero | tr '\0' "$n" | wq-push -q --whole job
    done
    answers 0 wq-list job
    is "$(columns 7 | tr -s '[:digit:]')" $'1\n2\n3\n4'
    is "$(wc -c <"$BOX/out")" $((4 * (700000 + $(printf -- '-\tready\t-\t-\t-\t-\t\n' | wc -c))))
}

@test "into a pipe each item is a line of seven fields, whatever is in it" {
    printf '%s\0' $'tab\there' $'two\nlines' $'\e[31mred\x01\x7f\r' $'\xff\xfe' 'añ€😀' '' ' ' | wq-push -0q --keep-blank job
    wq-lease -0 -n 3 job
    WQ_OWNER=$'a\tb\nc' wq-lease -0 job
    answers 0 wq-list job
    is "$(awk -F '\t' '{ print NF }' "$BOX/out" | sort -u)" 7
    is "$(columns 7 | sort)" "$(printf '%s\n' 'tab\there' 'two\nlines' '\e[31mred\x01\x7f\x0d' '\xff\xfe' 'añ€😀' '' ' ' | sort)"
    is "$(columns 4 | sort -u | grep a)" a_b_c
}

@test "what is escaped can be told from what looks so" {
    printf '%s\0' $'a\nb' 'a\nb' | wq-push -0q job
    answers 0 wq-list job
    is "$(columns 7 | sort -u | wc -l)" 2
}

@test "--json: an object a line, with what is known of each state" {
    every_state
    answers 0 wq-list --json job
    json '[(one["state"], one["item"]) for one in all] == [("leased", "banana"), ("arriving", "avocado"),
        ("rediswq", "kiwi"), ("rediswq", "lime"), ("ready", "apple"), ("ready", "apricot"),
        ("delayed", "cherry"), ("dead", "durian")]'
    json "set(all[0]) == {'state', 'id', 'attempt', 'owner', 'left_ms', 'since', 'item'}"
    json "all[0]['id'] == '$HELD' and all[0]['attempt'] == 1 and all[0]['owner'] == 'me'"
    json "50000 < all[0]['left_ms'] <= 60000"
    json "set(all[4]) == {'state', 'item'}"
    json "all[6]['id'] == '$WAITS' and all[6]['reason'] == 'not ripe' and all[6]['left_ms'] > 3590000"
    json "all[7]['id'] == '$DEAD' and all[7]['reason'] == 'no stone' and 0 <= all[7]['age_ms'] < 10000"
    json "all[2]['owner'] == 'session' and 0 < all[2]['left_ms'] <= 60000 and all[3]['reason'] == 'no lease'"
}

@test "--json holds every byte, in base64 if it is not UTF-8" {
    printf '%s\0' $'"q\\\n\t\e\x7f' $'\xff\xfe' 'añ€😀' '' | wq-push -0q --keep-blank job
    printf 'nul\0inside' | wq-push -q --whole job
    answers 0 wq-list --json job
    json '[one.get("item") for one in all] == ["\"q\\\n\t\x1b\x7f", None, "añ€😀", "", "nul\0inside"]'
    json 'all[1]["item_base64"] == "//4="'
    dead other $'\xff' $'\xfe'
    answers 0 wq-list --json other
    json 'all[0]["item_base64"] == "/w==" and all[0]["reason_base64"] == "/g=="'
}

@test "a record that somebody damaged is shown, and so is one that is missing" {
    wq-push job apple banana
    first=$(lease job) second=$(lease job)
    r hset job:items "$first" garbage
    r hdel job:items "$second"
    answers 0 wq-list job
    is "$(columns 1 | sort)" "$(printf '%s\n' "$first" "$second" | sort)"
    is "$(awk -F '\t' '{ print NF }' "$BOX/out" | sort -u)" 7
    answers 0 wq-list --json job
    json 'len(all) == 2'
}

@test "a reader who has seen enough is no trouble" {
    seq 20000 | wq-push -q job
    # shellcheck disable=SC2016 # for the shell inside
    answers 141 bash -c 'wq-list job | head -n 1; exit "${PIPESTATUS[0]}"'
    is "$(columns 7)" 1
    is "$(<"$BOX/err")" ''
}

@test "it changes nothing" {
    every_state
    before=$(r info persistence | grep rdb_changes)
    wq-list job >/dev/null
    wq-list --json job >/dev/null
    is "$(r info persistence | grep rdb_changes)" "$before"
}

@test "a wrong command line is 64" {
    refuses wq-list
    refuses wq-list job other
    refuses wq-list -n 0 job
    refuses wq-list -n few job
    refuses wq-list --alive job
}

@test "no server is 69, a key of the wrong type 65, a format not known 78, a full disk 74" {
    unreachable wq-list job
    r set job:dead spoiled
    answers 65 wq-list --dead job
    says
    complains 'wq-list: *job:dead*'
    r flushall
    wq-push -q job apple
    answers 74 bash -c 'wq-list job >/dev/full'
    complains 'wq-list: *: No space left on device'
    answers 74 bash -c 'wq-list job >&-'
    answers 141 into_dead_pipe wq-list job
    silent
    r hset job:config format 99
    answers 78 wq-list job
    says
}

@test "what is removed or given back while it is listed keeps nothing else out of the list" {
    # More than a pipe holds, in several pages, each item by itself.
    seq -f '%01000g' 400 | wq-push -q job
    wq-config job retry-delay=1h >/dev/null
    wq-lease -n 400 job >/dev/null
    wq-list --leased job | while IFS=$TAB read -r id _; do wq-release -q job "$id"; done
    is "$(r zcard job:leased)" 0
    wq-list --delayed job | while IFS=$TAB read -r id _; do wq-drop -q job "$id"; done
    is "$(r hget job:stats dropped)" 400
    seq -f '%01000g' 400 | wq-push -q job
    wq-lease -n 400 job | wq-release -q --dead job -
    wq-list --dead job | while IFS=$TAB read -r id _; do wq-retry -q job "$id"; done
    is "$(r llen job)" 400
}
