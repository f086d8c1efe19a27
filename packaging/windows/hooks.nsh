; What the setup does besides what Tauri's does: `daypass` is in PATH.

; Here, because inside a macro it's the folder of what inserts that.
!define DAYPASS_HOOKS "${__FILEDIR__}"

!macro DAYPASS_PATH WHAT
  File "/oname=$INSTDIR\path.ps1" "${DAYPASS_HOOKS}\path.ps1"
  nsExec::ExecToLog 'powershell.exe -NoProfile -NonInteractive -ExecutionPolicy Bypass -File "$INSTDIR\path.ps1" ${WHAT} "$INSTDIR"'
  Pop $0
  Delete "$INSTDIR\path.ps1"
!macroend

!macro NSIS_HOOK_POSTINSTALL
  !insertmacro DAYPASS_PATH add
!macroend

!macro NSIS_HOOK_PREUNINSTALL
  !insertmacro DAYPASS_PATH remove
!macroend
