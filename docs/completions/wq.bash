# Bash completion for the wq programs. What it offers comes from the program itself, so nothing is
# listed twice. Installed under each program's name, where bash-completion looks; or, by hand:
#   . wq.bash
# shellcheck shell=bash

# Sets words to those of the line up to the cursor, of which bash makes several at each = and :, and starts to where each
# begins among bash's.
_wq_words() {
    local line=$COMP_LINE i word
    words=() starts=()
    for ((i = 0; i <= COMP_CWORD; i++)); do
        word=${COMP_WORDS[i]}
        if [ $i -eq 0 ] || [[ $line == [[:blank:]]* ]]; then
            words+=("$word") starts+=("$i")
        else
            words[-1]+=$word
        fi
        line=${line#"${line%%[![:blank:]]*}"}
        line=${line#"$word"}
    done
}

# Prints the name of an operand: _wq_operand OPERANDS-OF-THE-USAGE-LINE NUMBER YES-AFTER-DASHES.
_wq_operand() {
    local names=$1
    case $names in
        *'[-- COMMAND'*)
            [ -z "$3" ] || { echo COMMAND && return; }
            names=${names%\[-- *}
            ;;
    esac
    names=${names//\[--\]/}
    names=${names//[].[]/}
    read -r -a names <<<"$names"
    if [ "$2" -lt ${#names[@]} ]; then
        echo "${names[$2]}"
    elif [[ $1 == *... || $1 == *'... '* ]]; then
        echo "${names[-1]}"
    fi
}

# Names of queues, if the server tells them at once.
_wq_queues() {
    WQ_CONNECT_TIMEOUT=200ms timeout 1 wq-stat "$@" </dev/null 2>/dev/null | cut -f1 | grep -vF \\
}

# Offers those lines of standard input that begin with what was typed, but for what bash leaves in front.
_wq_offer() {
    local line
    while IFS= read -r line; do
        [[ $line != "$typed"* ]] || COMPREPLY+=("$(printf %q "${line#"$front"}")")
    done
}

_wq() {
    local words starts typed front operands='' offers=() wanted='' given='' dashes='' server=() count=0 i
    local short long argument rest word
    local -A takes=()
    COMPREPLY=()
    _wq_words
    # With TABs between them, read would skip the fields that are empty.
    while IFS='|' read -r short long argument rest; do
        [ "$operands" ] || { operands=$long. && continue; }
        offers+=(${short:+"-$short"} "--$long")
        takes["-$short"]=$argument takes["--$long"]=$argument
    done < <("${words[0]}" --help=tsv 2>/dev/null | tr '\t' '|')
    operands=${operands%.}

    for ((i = 1; i < ${#words[@]}; i++)); do
        word=${words[i]}
        if [ "$given" ]; then
            wanted=$given given=''
            [ "$wanted" != URL ] || server=(-u "$word")
        elif [ "$word" = -- ] && [ -z "$dashes" ] && [ $((i + 1)) -lt ${#words[@]} ]; then
            dashes=yes
        elif [[ $word == -?* ]] && [ -z "$dashes" ]; then
            wanted=OPTION
            case $word in
                --*=*)
                    wanted=${takes[${word%%=*}]-}
                    [ "$wanted" != URL ] || server=(-u "${word#*=}")
                    ;;
                *) given=${takes[$word]-} ;;
            esac
        else
            wanted=$(_wq_operand "$operands" "$count" "$dashes")
            count=$((count + 1))
            [ "$wanted" != COMMAND ] || break
        fi
    done
    typed=${words[-1]} front=
    case ${COMP_WORDS[COMP_CWORD]} in
        '' | [=:]) front=$typed ;;
        *) front=${typed%"${COMP_WORDS[COMP_CWORD]}"} ;;
    esac
    _wq_answer
}

# Sets COMPREPLY to what fits where the cursor is.
_wq_answer() {
    local name=${typed#"$front"}
    case $wanted in
        OPTION) _wq_offer < <(printf '%s\n' "${offers[@]}") ;;
        QUEUE) _wq_offer < <(_wq_queues "${server[@]}") ;;
        KEY=VALUE)
            _wq_offer < <("${words[0]}" --help | sed -nE 's/^([a-z-]+=)(yes)? .*/\1\2/p; s/^([a-z-]+=)[A-Z]+ .*/\1/p')
            [[ ${COMPREPLY[*]} != *= ]] || compopt -o nospace 2>/dev/null
            ;;
        FILE | ITEM)
            compopt -o filenames 2>/dev/null
            mapfile -t COMPREPLY < <(compgen -f -- "$name")
            ;;
        DIR)
            compopt -o filenames 2>/dev/null
            mapfile -t COMPREPLY < <(compgen -d -- "$name")
            ;;
        PROGRAM) mapfile -t COMPREPLY < <(compgen -c -- "$name") ;;
        COMMAND)
            if declare -F _command_offset >/dev/null; then
                _command_offset "${starts[i]}"
            elif [ $((i + 1)) -eq ${#words[@]} ]; then
                mapfile -t COMPREPLY < <(compgen -c -- "$name")
            else
                compopt -o filenames 2>/dev/null
                mapfile -t COMPREPLY < <(compgen -f -- "$name")
            fi
            ;;
    esac
}

complete -F _wq wq-complete wq-config wq-doctor wq-drop wq-empty wq-lease wq-list wq-local wq-purge wq-push wq-reap wq-release wq-renew wq-retry wq-stat wq-tls wq-work
