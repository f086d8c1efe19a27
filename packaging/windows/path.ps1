# Puts a folder into the user's PATH, or takes it out: path.ps1 add|remove FOLDER
param([Parameter(Mandatory)][ValidateSet('add', 'remove')][string]$What, [Parameter(Mandatory)][string]$Folder)
$ErrorActionPreference = 'Stop'

# Not [Environment]::SetEnvironmentVariable for PATH itself: it would write what %NAMES% in it stand for now.
$key = [Microsoft.Win32.Registry]::CurrentUser.CreateSubKey('Environment')
$before = [string]$key.GetValue('Path', '', [Microsoft.Win32.RegistryValueOptions]::DoNotExpandEnvironmentNames)
$folders = @($before -split ';' | Where-Object { $_ -ne '' -and $_.TrimEnd('\') -ne $Folder.TrimEnd('\') })
if ($What -eq 'add') { $folders += $Folder }
$after = $folders -join ';'
if ($after -ne $before) {
    $key.SetValue('Path', $after, [Microsoft.Win32.RegistryValueKind]::ExpandString)
    # Programs that are running hear of a change when a variable is set this way.
    [Environment]::SetEnvironmentVariable('DAYPASS_INSTALLER', $null, 'User')
}
$key.Close()
