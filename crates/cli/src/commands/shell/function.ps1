# Lets `daypass use` and `daypass unuse` change the variables of this shell.
function daypass {
    $command = Get-Command -Name daypass -CommandType Application | Select-Object -First 1
    if ($args.Count -gt 0 -and ($args[0] -ceq 'use' -or $args[0] -ceq 'unuse')) {
        $name, $rest = $args
        $statements = & $command $name --shell SHELL_NAME @rest | Out-String
        if ($LASTEXITCODE -eq 0 -and $statements) { Invoke-Expression $statements }
    } elseif ($MyInvocation.ExpectingInput) {
        $input | & $command @args
    } else {
        & $command @args
    }
}
