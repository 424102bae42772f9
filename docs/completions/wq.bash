# Bash completion for the wq programs. What it offers comes from the program itself, so nothing is
# listed twice. Installed under each program's name, where bash-completion looks; or, by hand:
#   . wq.bash
# shellcheck shell=bash

_wq() {
    local current=${COMP_WORDS[COMP_CWORD]} previous='' word short long argument rest offers='' wanted=''
    COMPREPLY=()
    for word in "${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
        [ "$word" != -- ] || return 0
        # --file=x comes as three words.
        [ "$word" = = ] || previous=$word
    done
    [ "$current" != = ] || current=''
    # With TABs between them, read would skip the fields that are empty.
    while IFS='|' read -r short long argument rest; do
        offers+=" ${short:+-$short} --$long"
        if [ -n "$argument" ]; then
            case $previous in
                "-$short" | "--$long") wanted=$argument ;;
            esac
        fi
    done < <("${COMP_WORDS[0]}" --help=tsv 2>/dev/null | sed 1d | tr '\t' '|')

    case $wanted in
        FILE)
            compopt -o filenames 2>/dev/null
            mapfile -t COMPREPLY < <(compgen -f -- "$current")
            ;;
        '') [[ $current != -* ]] || mapfile -t COMPREPLY < <(compgen -W "$offers" -- "$current") ;;
    esac
}

complete -F _wq wq-complete wq-config wq-doctor wq-empty wq-lease wq-list wq-purge wq-push wq-reap wq-release wq-renew wq-retry wq-stat wq-tls wq-work
