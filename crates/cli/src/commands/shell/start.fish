function __daypass_mark
    set -l bin daypass
    set -q DAYPASS_BIN; and set bin $DAYPASS_BIN
    set -l mark ($bin prompt --format '[{profile} {remaining}]' 2>/dev/null)
    test -n "$mark"; and echo -n "$mark "
end
if functions -q fish_prompt; and not functions -q __daypass_before
    functions -c fish_prompt __daypass_before
    function fish_prompt
        set -l before $status
        __daypass_mark
        echo "exit $before" | source
        __daypass_before
    end
end
