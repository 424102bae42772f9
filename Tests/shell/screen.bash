# Loaded after more by tests of what a terminal shows.
# shellcheck shell=bash

# shows COLUMNS COMMAND [AWAITED KEYS]...: runs it at a terminal that is sent $BOX/shown.
shows() {
    TERM=xterm terminal "$@" >"$BOX/shown" || true
}

# screen COLUMNS: the lines that are there in the end, those that were scrolled away, too.
screen() {
    python -B "$BATS_TEST_DIRNAME/screen.py" "$1" <"$BOX/shown"
}

# Each state of the line that was drawn in place, a line each.
states() {
    sed -z 's/\r\n/\x01/g' "$BOX/shown" | tr '\r' '\n' | grep -a $'^\e\[K.' | grep -av $'\x01' | cut -c4-
}
