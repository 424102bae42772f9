#!/usr/bin/env bats
# What the programs have in common: options, help, version, usage errors, names of queues.

load helper

# Only tests that reach Redis need one.
setup() {
    make_box
}

@test "-h and --help print the usage and every option on stdout" {
    for program in $("$REPO/Tests/programs"); do
        answers 0 "$program" --help
        complains ''
        grep -q "usage: $program " "$BOX/out"
        for option in -h --help -V --version -u --url; do
            grep -qwe "$option" "$BOX/out" || fail "$program --help leaves out $option"
        done
        cp "$BOX/out" "$BOX/help"
        answers 0 "$program" -h
        cmp "$BOX/help" "$BOX/out"
    done
}

@test "--help names the options of its own program" {
    help_names() {
        local program=$1
        shift
        answers 0 "$program" --help
        for option; do
            grep -qwe "$option" "$BOX/out" || fail "$program --help leaves out $option"
        done
    }
    help_names wq-push -0 --null --whole -f --file --keep-blank
    help_names wq-lease -n --count -l --lease -t --timeout -w --forever --until-drained -0 --null --sh --json
    help_names wq-complete -0 --null
    help_names wq-empty -v --verbose --strict
    help_names wq-reap --orphan-after
}

@test "--help fits a screen of eighty columns" {
    for program in $("$REPO/Tests/programs"); do
        answers 0 "$program" --help
        is "$(awk 'length > 80' "$BOX/out")" ''
    done
}

@test "-V and --version print name and version on the first line of stdout" {
    for program in $("$REPO/Tests/programs"); do
        for option in -V --version; do
            answers 0 "$program" "$option"
            complains ''
            [[ $(head -n 1 "$BOX/out") =~ ^"$program "[0-9]+\.[0-9]+\.[0-9]+ ]] || fail "$program $option"
        done
    done
}

@test "help that cannot be printed is a failed write" {
    for program in $("$REPO/Tests/programs"); do
        answers 74 bash -c "$program --help >/dev/full"
        complains "$program: *"
        answers 74 bash -c "$program --version >/dev/full"
    done
}

@test "an unknown option is named, with the usage line, and 64" {
    for program in $("$REPO/Tests/programs"); do
        for option in --nonsense -Z; do
            answers 64 "$program" "$option" job
            says
            complains "$program: *${option#-}*"$'\n'"usage: $program *"
        done
    done
}

@test "an option without its value is named, with the usage line, and 64" {
    misses() {
        answers 64 "$@"
        says
        complains "$1: *${*: -1:1}*"$'\n'"usage: $1 *"
    }
    for program in $("$REPO/Tests/programs"); do
        misses "$program" job --url
    done
    misses wq-push job --file
    misses wq-lease job --lease
    misses wq-lease job --timeout
    misses wq-lease job --count
    misses wq-push job --id
    misses wq-reap job --orphan-after
}

@test "a value for an option that takes none is a usage error" {
    answers 64 wq-empty --verbose=yes job
    complains $'wq-empty: *verbose*\nusage: wq-empty *'
}

@test "a missing queue is a usage error" {
    for program in $PROGRAMS; do
        # These look at all queues then.
        case $program in wq-doctor | wq-stat) continue ;; esac
        answers 64 "$program"
        says
        complains "$program: *name of a queue is needed*"$'\n'"usage: $program *"
    done
}

@test "an empty name of a queue is a usage error" {
    for program in $PROGRAMS; do
        arguments "$program" ''
        answers 64 "$program" "${ARGUMENTS[@]}"
        says
        complains "$program: *"
    done
}

@test "an operand too many is a usage error" {
    for program in wq-empty wq-reap wq-list wq-purge; do
        answers 64 "$program" job another
        says
        complains "$program: *another*"$'\n'"usage: $program *"
    done
}

@test "a queue named like a key of the kit is refused" {
    start_redis
    # The key table, but for the queue itself.
    keys=$(sed -n 's/^ *Key(":\([a-z]*\)".*/\1/p' "$REPO/Sources/WorkQueue/Queue.swift")
    matches "$keys" '*processing*lost*'
    for ending in $keys leased_by_session:0a push:0a; do
        for program in $PROGRAMS; do
            arguments "$program" "job:$ending"
            answers 64 "$program" "${ARGUMENTS[@]}"
            says
            complains "$program: *job:$ending*"
        done
    done
    is "$(r dbsize)" 0
}

@test "a queue's name may have colons, braces, spaces and any bytes" {
    start_redis
    for queue in job:2 '{job2}' 'two words' $'tab\tline\n' $'\xff\xfe' items '*'; do
        answers 0 wq-push "$queue" apple
        says 1
        is "$(reads "$queue")" apple
        answers 0 wq-empty "$queue"
    done
}

@test "options may stand before and after the queue, with = or apart, short ones joined" {
    start_redis
    answers 0 wq-push job a b c d e f g h
    answers 0 wq-lease -n 2 job
    is "$(wc -l <"$BOX/out")" 2
    answers 0 wq-lease job --count=2
    is "$(wc -l <"$BOX/out")" 2
    answers 0 wq-lease job --count 2 -l10
    is "$(wc -l <"$BOX/out")" 2
    answers 0 wq-lease -0n2 job
    is "$(tr -cd '\0' <"$BOX/out" | wc -c)" 2
}

@test "a long option may be cut short while it is unmistakable" {
    start_redis
    wq-push job apple
    answers 0 wq-lease --unt job
    answers 64 wq-lease --t job --l 5
}

@test "after -- everything is an operand" {
    start_redis
    answers 0 wq-push -- job -x --whole --
    says 3
    is "$(r lrange job 0 -1)" $'--\n--whole\n-x'
    answers 0 wq-push -- -job apple
    is "$(r lrange -job 0 -1)" apple
}

@test "durations are seconds, or have a unit" {
    start_redis
    for pair in 10=10000 500ms=500 10s=10000 5m=300000 1h=3600000 0.5=500 1.5s=1500; do
        r flushall >/dev/null
        wq-push job apple
        case $pair in
            # Fractions are no part of the promise; if taken, they must be taken right.
            *.*=*) wq-lease -l "${pair%=*}" job 2>/dev/null || continue ;;
            *) answers 0 wq-lease -l "${pair%=*}" job ;;
        esac
        left=$(r eval "local t = redis.call('time')
            return tonumber(redis.call('zrange', 'job:leased', 0, 0, 'withscores')[2]) - t[1] * 1000 - t[2] / 1000" 0)
        # Some time went by since; a wrong unit would be off by more than a fifth.
        [ "$left" -le "${pair#*=}" ] && [ "$left" -gt $((${pair#*=} * 4 / 5 - 400)) ] || fail "$pair: $left ms left"
    done
}

@test "a wrong duration is named and a usage error" {
    for duration in '' x 10x -5 10ss 'ms' '1 s' 99999999999999999999 9223372036854775807h; do
        for option in lease timeout; do
            answers 64 wq-lease "--$option=$duration" job
            says
            complains "wq-lease: *"$'\n'"usage: wq-lease *"
        done
        answers 64 wq-reap "--orphan-after=$duration" job
    done
    WQ_CONNECT_TIMEOUT=50ms answers 64 wq-lease --lease=0 job
}

@test "a wrong count is a usage error" {
    for count in '' 0 -1 x 1x 1.5 99999999999999999999; do
        answers 64 wq-lease "--count=$count" job
        says
        complains "wq-lease: *"$'\n'"usage: wq-lease *"
    done
}

@test "formats exclude each other" {
    for formats in '--json --sh' '--sh -0' '--null --json'; do
        # shellcheck disable=SC2086 # they are two
        answers 64 wq-lease $formats job
        says
        complains "wq-lease: --sh, --json and --null exclude each other"$'\n'"usage: wq-lease *"
    done
}

# tables: what all programs say of their options: program, short, long, argument and help, with TABs between
tables() {
    for program in $("$REPO/Tests/programs"); do "$program" --help=tsv | sed 1d | sed "s/^/$program$TAB/"; done
}

@test "an option of one name is the same option in all programs: letter, argument, and what it does" {
    tables >"$BOX/tables"
    is "$(cut -f 3,2,4 "$BOX/tables" | sort -u | cut -f 2 | sort | uniq -d)" ''
    # A letter stands for one option.
    is "$(cut -f 2,3 "$BOX/tables" | grep -v "^$TAB" | sort -u | cut -f 1 | sort | uniq -d)" ''
    # These say the same words everywhere, but where a program says more of what it does with it.
    for option in url cacert cert key sni insecure help version strict; do
        cut -f 3,5 "$BOX/tables" | grep "^$option$TAB" | sort | uniq -c | grep -v 'strict.*with --watch'
    done >"$BOX/said"
    is "$(wc -l <"$BOX/said")" 9
}

@test "-q, where there are results: none of them, only warnings and errors; --json: the same as JSON" {
    tables >"$BOX/tables"
    is "$(grep "${TAB}quiet$TAB" "$BOX/tables" | cut -f 1 | xargs)" "$(
        grep "${TAB}json$TAB" "$BOX/tables" | cut -f 1 | grep -vx -e wq-config -e wq-lease -e wq-list | xargs
    )"
    is "$(grep "${TAB}quiet$TAB" "$BOX/tables" | grep -v ^wq-work | cut -f 5 | sort -u)" \
        'print no results, only warnings and errors'
    is "$(grep "${TAB}json$TAB" "$BOX/tables" | grep -v ^wq-work | cut -f 5 | sort -u)" \
        'print results as JSON, an object a line'
}

@test "a wrong option is told without obeying what is in it" {
    for word in $'--\e[31mred' $'-\e' $'--qu\xff' $'--no\u202esuch'; do
        answers 64 wq-push "$word" job
        ! grep -qaP '\x1b|\xff|\xe2\x80\xae' "$BOX/err" || fail 'raw bytes'
        grep -q '[\]' "$BOX/err" || fail 'not shown'
    done
    answers 64 wq-lease -n
    complains "wq-lease: option requires an argument -- 'n'*"
    answers 64 wq-lease --url
    complains "wq-lease: option '--url' requires an argument*"
    answers 64 wq-push --quiet=yes job
    complains "wq-push: option '--quiet' doesn't allow an argument*"
    answers 64 wq-lease --nonesuch=1 job
    complains "wq-lease: unrecognized option '--nonesuch=1'*"
    answers 64 wq-lease --c job
    complains "wq-lease: option '--c' is ambiguous: *--cacert*"
}
