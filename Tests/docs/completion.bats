#!/usr/bin/env bats
# Completion offers what the programs know, in bash, zsh and fish: a TAB is pressed in each of them.
# shellcheck shell=bash
# shellcheck disable=SC2016 # the terminal's shell expands what is in single quotes

load ../shell/helper

# in_bash TEXT..., in_zsh, in_fish: types each text and a TAB into one shell. What its line is then is a line of $BOX/lines.
in_bash() {
    cat >"$BOX/bashrc" <<END
PS1='ready>'
. '$REPO/docs/completions/wq.bash'
tell() { printf '%s\n' "\$READLINE_LINE" >>'$BOX/lines'; READLINE_LINE='' READLINE_POINT=0; }
bind -x '"\C-t": tell'
END
    typed 'bash --noprofile --rcfile "$BOX/bashrc" -i' "$@"
}

in_zsh() {
    cat >"$BOX/.zshrc" <<END
fpath=('$REPO/docs/completions' \$fpath) PS1='ready>'
autoload -U compinit && compinit -u -D
zstyle ':completion:*' format %d
tell() { print -r -- "\$BUFFER" >>'$BOX/lines'; BUFFER='' }
zle -N tell && bindkey '^T' tell
END
    ZDOTDIR=$BOX typed 'zsh -i' "$@"
}

in_fish() {
    mkdir -p "$BOX/fish/completions"
    for program in $("$REPO/Tests/programs" --all); do
        ln -sf "$REPO/docs/completions/wq.fish" "$BOX/fish/completions/$program.fish"
    done
    cat >"$BOX/fish/config.fish" <<END
function fish_prompt; printf 'ready>'; end
set fish_greeting
bind \ct 'commandline >>"$BOX/lines"; commandline ""'
END
    HOME=$BOX XDG_CONFIG_HOME=$BOX typed 'fish -i' "$@"
}

# typed SHELL TEXT...
typed() {
    local keys='' text
    for text in "${@:2}"; do keys+="$text\\t\\x14"; done
    export BOX
    : >"$BOX/lines"
    timeout -k 1 60 /usr/bin/python3 "$REPO/Tests/shell/terminal.py" 100 "$1" 'ready>' "$keys\\x04" >"$BOX/terminal" || true
}

# becomes SHELL: standard input has a line a text, and what it becomes behind >.
becomes() {
    local texts=() text wanted
    while IFS='>' read -r text wanted; do
        texts+=("$text")
        printf '%s\n' "$wanted" >>"$BOX/wanted"
    done
    "in_$1" "${texts[@]}"
    # An option with an argument is completed with its = in one shell, and without in another.
    sed 's/[ =]*$//' "$BOX/lines" | diff "$BOX/wanted" - || fail "$(<"$BOX/terminal")"
}

# What is the same in all shells.
everywhere() {
    cd "$BOX" || return
    touch my-fruits.txt
    mkdir my-folder
    wq-push -q job2 apple
    wq-push -q other:queue banana
    becomes "$1" <<'END'
wq-lease --unt>wq-lease --until-drained
wq-push job2 --keep-b>wq-push job2 --keep-blank
wq-push -f my-fr>wq-push -f my-fruits.txt
wq-push --file=my-fr>wq-push --file=my-fruits.txt
wq-lease -l jo>wq-lease -l jo
wq-lease jo>wq-lease job2
wq-lease -n 2 oth>wq-lease -n 2 other:queue
wq-lease other:>wq-lease other:queue
wq-stat job2 oth>wq-stat job2 other:queue
wq-push job2 my-fr>wq-push job2 my-fruits.txt
wq-push job2 -- my-fr>wq-push job2 -- my-fruits.txt
wq-list --dea>wq-list --dead
wq-config job2 pau>wq-config job2 paused=yes
wq-config job2 max-att>wq-config job2 max-attempts
wq-config job2 paused=yes max-att>wq-config job2 paused=yes max-attempts
wq-work job2 sha256s>wq-work job2 sha256sum
wq-work -j 2 job2 -- sha256s>wq-work -j 2 job2 -- sha256sum
wq-work job2 cat my-fr>wq-work job2 cat my-fruits.txt
wq-work jo>wq-work job2
wq-renew job2 1.9f2c41d07ab3 -- sha256s>wq-renew job2 1.9f2c41d07ab3 -- sha256sum
wq-renew job2 1.9f2c41d07ab3 -- cat my-fr>wq-renew job2 1.9f2c41d07ab3 -- cat my-fruits.txt
wq-local sha256s>wq-local sha256sum
wq-local --ke>wq-local --keep
wq-local --keep my-fo>wq-local --keep my-folder/
END
}

@test "bash completes options, files, queues, settings and commands" {
    everywhere bash
}

@test "zsh completes options, files, queues, settings and commands" {
    everywhere zsh
}

@test "fish completes options, files, queues, settings and commands" {
    everywhere fish
}

@test "names of queues come from the server of the line; without a server there are none, and no word" {
    wq-push -q job2 apple
    for shell in bash zsh fish; do
        "in_$shell" 'wq-lease -u unix:///nowhere jo' 'wq-lease jo'
        is "$(sed 's/ *$//' "$BOX/lines")" $'wq-lease -u unix:///nowhere jo\nwq-lease job2'
        is "$(grep -c 'cannot reach' "$BOX/terminal")" 0
        WQ_URL=unix:///nowhere "in_$shell" "wq-lease -u unix://$SOCKET jo"
        is "$(sed 's/ *$//' "$BOX/lines")" "wq-lease -u unix://$SOCKET job2"
    done
}

@test "completion is there for every program, in bash and in zsh" {
    for program in $("$REPO/Tests/programs" --all); do
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
