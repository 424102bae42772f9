#!/usr/bin/env bats
# Tests/mutants: what is planted is what the programs run, a test that fails notices it, and the table of those that make no
# difference is about the sources as they are.

load ../shell/helper

# trial OLD NEW: the script renew.lua with that change, tried by a test of renewals.
trial() {
    # Here it is no test.
    local at=@
    cat >"$BOX/probe.bats" <<END
load $REPO/Tests/shell/helper

${at}test "two leases are renewed" {
    wq-push -q job apple banana
    wq-lease -n 2 job >"\$BOX/leases"
    answers 0 wq-renew -l 1h job - <"\$BOX/leases"
    is "\$(r zcount job:leased "\$((\$(r time | head -n 1) + 1800))000" inf)" 2
}
END
    PYTHONPATH=$REPO/Tests/mutants /usr/bin/python3 -B - "$BOX/probe.bats" "$@" <<'END'
import sys

import luatrials

text = (luatrials.SCRIPTS / "renew.lua").read_text()
assert sys.argv[2] in text
print(luatrials.run("renew.lua", text.replace(sys.argv[2], sys.argv[3]), [sys.argv[1]]))
END
}

@test "a mistake in a script is noticed, and none is noticed where there is none" {
    answers 0 trial "'XX'" "'NX'"
    says 'probe.bats: two leases are renewed'
    answers 0 trial "'ZADD', leased" "'ZADD', delayed"
    says 'probe.bats: two leases are renewed'
    answers 0 trial "'XX'" "'XX'"
    says None
}

@test "what is planted has room, also if it is longer" {
    answers 0 trial 'if #held > 0 then' 'if #held > 0 and 1 then'
    says None
}

@test "the table of those that make no difference names only what there is" {
    answers 0 "$REPO/Tests/mutants/run" --check
    silent
}

@test "each script and each value of the core can be wrong in some way" {
    answers 0 "$REPO/Tests/mutants/run" --list
    awk '$1 < 3 { exit 1 }' "$BOX/out" || fail 'hardly any mistake'
    for script in "$REPO"/Sources/WorkQueue/Scripts/*.lua; do
        grep -q "$TAB${script##*/}\$" "$BOX/out"
    done
}
