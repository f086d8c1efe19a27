$global:__daypassBefore = $function:prompt
function global:prompt {
    $before = $global:LASTEXITCODE
    $bin = if ($Env:DAYPASS_BIN) { $Env:DAYPASS_BIN } else { 'daypass' }
    $mark = & $bin prompt --format '[{profile} {remaining}]' 2>$null
    $global:LASTEXITCODE = $before
    $text = & $global:__daypassBefore
    if ($mark) { "$mark $text" } else { $text }
}
