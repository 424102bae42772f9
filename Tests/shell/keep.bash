# Loaded after more by the tests of wq-renew with a command: a patient command under a lease.
# shellcheck shell=bash
# shellcheck disable=SC2034 # the tests use what is set here

# An item, leased for a minute as $LEASE.
setup() {
    make_box
    start_redis
    LEASE=$(wq-push -q job apple && lease job)
}

# all_gone FILE: the processes whose IDs are in it, a line each, are gone.
all_gone() {
    while read -r process; do
        # What died and was not waited for by its parent is gone, too.
        case $(cut -d' ' -f3 "/proc/$process/stat" 2>/dev/null) in
            '' | Z) ;;
            *) return 1 ;;
        esac
    done <"$BOX/$1"
}

# A command that runs until it is stopped, tells its process ID, and what stopped it, in $BOX/work.
patient() {
    cat >"$BOX/patient" <<END
exec 2>/dev/null
sleep 100 &
trap 'echo TERM >>$BOX/signals; kill \$!; exit 9' TERM
trap 'echo INT >>$BOX/signals; kill \$!; exit 8' INT
trap 'echo HUP >>$BOX/signals; kill \$!; exit 7' HUP
trap 'echo goes on' CONT
echo \$\$ >>$BOX/work
echo has begun
while :; do wait; done
END
}

# patiently OPTION...: the patient command runs under the lease, beside the test, as $PID.
patiently() {
    patient
    spawn renew env --default-signal=INT,HUP wq-renew "$@" job "$LEASE" -- sh "$BOX/patient"
    RENEW=$PID
    eventually 5 written work
}
