# Lets `daypass use` and `daypass unuse` change the variables of this shell.
function daypass {
    case "${1-}" in
        use | unuse)
            local __daypass_command="$1" __daypass_statements
            shift
            __daypass_statements="$(command daypass "$__daypass_command" --shell SHELL_NAME "$@")" || return
            eval "$__daypass_statements"
            ;;
        *) command daypass "$@" ;;
    esac
}
