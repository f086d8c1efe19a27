# Lets `daypass use` and `daypass unuse` change the variables of this shell.
function daypass --wraps daypass --description 'Short-lived AWS credentials'
    switch "$argv[1]"
        case use unuse
            set -l __daypass_command $argv[1]
            set -e argv[1]
            set -l __daypass_statements (command daypass $__daypass_command --shell SHELL_NAME $argv)
            or return
            printf '%s\n' $__daypass_statements | source
        case '*'
            command daypass $argv
    end
end
