# Fish completion for the wq programs. What it offers comes from the program itself, so nothing is listed twice. Installed
# under each program's name, where fish looks.

# Names of queues, if the server tells them at once.
function __wq_queues
    set -l server
    set -l words (commandline -opc)
    for i in (seq (count $words))
        switch $words[$i]
            case -u --url
                set server -u $words[(math $i + 1)]
            case '--url=*'
                set server -u (string replace -r '^[^=]*=' '' -- $words[$i])
        end
    end
    WQ_CONNECT_TIMEOUT=200ms timeout 1 wq-stat $server </dev/null 2>/dev/null | string replace -r '\t.*' '' | string match -v '*\\\\*'
end

# Settings, with the values that are words.
function __wq_settings
    $argv[1] --help | string match -r '^[a-z-]+=[^ ]* +.*' | string replace -r '^([a-z-]+=)[A-Z]+ +' '$1\t' |
        string replace -r '^([a-z-]+=[a-z]+) +' '$1\t'
end

# Sets operand to the name of the operand at the cursor, and command to the words of a command that began before it.
function __wq_parse --no-scope-shadowing
    set -l words (commandline -opc)
    set -l table ($words[1] --help=tsv 2>/dev/null)
    set -l usage (string split \t -- $table[1])[2]
    # In wq-renew a command begins behind --, in others with its operand.
    set -l behind (string match -q '*[-- *' -- $usage; and echo yes)
    set -l names (string split -n ' ' -- (string replace -r ' *\[--.*' '' -- $usage | string trim -c '[].'))
    string match -q '*[--]*' -- $usage; and set -a names COMMAND
    set -l takes
    for line in $table[2..]
        set -l fields (string split \t -- $line)
        test -n "$fields[3]"; and set -a takes -$fields[1] --$fields[2]
    end
    set -l dashes
    set -l given
    set -l at 1
    for i in (seq 2 (count $words))
        if test -n "$given"
            set given
        else if test "$words[$i]" = --; and test -z "$dashes"
            set dashes yes
            if test -n "$behind"
                set operand COMMAND
                set command $words[(math $i + 1)..]
                return
            end
        else if string match -q -- '-?*' $words[$i]; and test -z "$dashes"
            contains -- $words[$i] $takes; and set given yes
        else if test "$names[$at]" = COMMAND
            set operand COMMAND
            set command $words[$i..]
            return
        else
            set at (math $at + 1)
        end
    end
    if test $at -gt (count $names); and string match -q '*...*' -- $usage
        set at -1
    end
    set operand (string trim -c '[].' -- $names[$at])
end

function __wq_operands
    set -l operand
    set -l command
    __wq_parse
    set -l current (commandline -ct)
    switch "$operand"
        case QUEUE
            __wq_queues
        case KEY=VALUE
            __wq_settings (commandline -opc)[1]
        case ITEM
            __fish_complete_path $current
        case COMMAND
            complete -C (string join ' ' -- (string escape -- $command) $current)
    end
end

# Options are defined once, when the file is loaded for its program.
function __wq_define -a program
    complete -c $program -f -a '(__wq_operands)'
    for line in ($program --help=tsv 2>/dev/null)[2..]
        set -l fields (string split \t -- $line)
        set -l words -c $program -l $fields[2] -d $fields[4]
        test -n "$fields[1]"; and set -a words -s $fields[1]
        switch "$fields[3]"
            case ''
            case FILE
                set -a words -r -F
            case DIR
                set -a words -x -a '(__fish_complete_directories)'
            case PROGRAM
                set -a words -x -a '(__fish_complete_command)'
            case QUEUE
                set -a words -x -a '(__wq_queues)'
            case '*'
                set -a words -x
        end
        complete $words
    end
end

__wq_define (string replace -r '\.fish$' '' -- (status basename))
