#!/usr/bin/env bats
# Completion offers what the programs know, in bash and in zsh.
# shellcheck shell=bash

load ../shell/helper

# offers WORD...: what bash completion has for this command line, whose last word is being typed.
offers() {
    bash -c '. "$1/docs/completions/wq.bash" && shift &&
        COMP_WORDS=("$@") COMP_CWORD=$(($# - 1)) && _wq && printf "%s\n" "${COMPREPLY[@]}"' - "$REPO" "$@"
}

@test "completion offers a program's options, long and short, and knows their arguments" {
    offers wq-lease --unt >"$BOX/out"
    says --until-drained
    offers wq-lease -n 1 --u | sort >"$BOX/out"
    says --until-drained --url
    offers wq-push - >"$BOX/out"
    grep -qx -e -0 "$BOX/out"
    grep -qx -e --keep-blank "$BOX/out"
    touch "$BOX/fruits.txt"
    offers wq-push --file = "$BOX/fru" >"$BOX/out"
    says "$BOX/fruits.txt"
    offers wq-push job2 -f "$BOX/fru" >"$BOX/out"
    says "$BOX/fruits.txt"
}

@test "completion leaves alone what is no option: arguments, operands, and all behind --" {
    for words in 'wq-lease -l -' 'wq-lease jo' 'wq-push job2 -- -'; do
        # shellcheck disable=SC2086 # words are meant
        offers $words | tr -d '\n' >"$BOX/out"
        says
    done
}

@test "completion is there for every program, in bash and in zsh" {
    for program in $("$REPO/Tests/programs"); do
        bash -c '. "$1/docs/completions/wq.bash" && complete -p "$2"' - "$REPO" "$program"
        head -n 1 "$REPO/docs/completions/_wq" | grep -qw -e "$program"
    done
}

@test "zsh completion has each option with its help" {
    # shellcheck disable=SC2016
    zsh -f -c '
        _call_program() { shift; "$@"; }
        _arguments() { print -rl -- "$@"; }
        words=(wq-lease)
        . "$1"' - "$REPO/docs/completions/_wq" >"$BOX/out"
    grep -qxF -e '--until-drained[wait until there is an item, or the queue is drained]' "$BOX/out"
    grep -qxF -e '--cacert=[trust the authorities in FILE with rediss\://]:FILE:_files' "$BOX/out"
    grep -qF -e '-n+[lease up to N items (1)]:N:' "$BOX/out"
}

# typed TEXT: what zsh makes of this command line when TAB is pressed behind it.
typed() {
    cat >"$BOX/.zshrc" <<END
fpath=('$REPO/docs/completions' \$fpath) PS1='ready>'
autoload -U compinit && compinit -u -D
zstyle ':completion:*' format %d
tell() { print -r -- "\$BUFFER" >'$BOX/line'; exit }
zle -N tell && bindkey '^X' tell
END
    ZDOTDIR=$BOX timeout -k 1 20 /usr/bin/python3 "$REPO/Tests/shell/terminal.py" 100 'zsh -i' \
        'ready>' "$1\t\x18" >"$BOX/terminal"
    cat "$BOX/line"
}

@test "zsh completes an option, and what an option takes" {
    is "$(typed 'wq-lease --unt')" 'wq-lease --until-drained '
    is "$(typed 'wq-push job2 --keep-b')" 'wq-push job2 --keep-blank '
    touch "$BOX/fruits.txt"
    is "$(typed "wq-push --file=$BOX/fru")" "wq-push --file=$BOX/fruits.txt "
    is "$(typed 'wq-lease job')" 'wq-lease job'
    grep -q queue "$BOX/terminal"
}
