# Loaded after helper by the tests of wq-push --unique and --once.
# shellcheck shell=bash

# known ITEM: it is not pushed, since it is there.
known() {
    answers 0 wq-push --unique job "$1"
    says 0
}

# new ITEM: it is pushed.
new() {
    answers 0 wq-push --unique job "$1"
    says 1
}
