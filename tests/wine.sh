#!/usr/bin/env bash
# Runs tests of Windows' own code in Wine: files, pipes, command lines, programs. Wine isn't Windows: what passes here may
# still fail there, and tests that ask for what Wine lacks are left out.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

here=$PWD/.dev/wine
mkdir -p "$here/lib"
# Rust's standard library takes its random numbers from a library that Wine 8 doesn't have.
cat >"$here/prng.c" <<'END'
#include <windows.h>
BOOLEAN NTAPI SystemFunction036(PVOID, ULONG);
__declspec(dllexport) BOOL WINAPI ProcessPrng(PBYTE data, SIZE_T length) { return SystemFunction036(data, (ULONG)length); }
END
x86_64-w64-mingw32-gcc -shared -o "$here/lib/bcryptprimitives.dll" "$here/prng.c" -ladvapi32

export WINEPREFIX=$here/prefix WINEDEBUG=-all WINEPATH="Z:${here//\//\\}\\lib"
wine=$(command -v wine64 || echo /usr/lib/wine/wine64)
# Wine makes access lists of modes. In a person's folders of Windows, what is made is theirs alone.
printf '#!/bin/sh\numask 077\nexec "%s" "$@"\n' "$wine" >"$here/run"
chmod +x "$here/run"
export CARGO_TARGET_X86_64_PC_WINDOWS_GNU_RUNNER=$here/run
# The first start makes the prefix, which a test must not wait for.
"$here/run" cmd /c exit 0 >/dev/null 2>&1

# MinGW's linker takes minutes over what a debugger would read.
export CARGO_PROFILE_DEV_DEBUG=0
# Each case of a property test that writes files takes Wine a second.
export PROPTEST_CASES=${PROPTEST_CASES:-16}

# What Wine 8 lacks: it lets a second process make a pipe of the same name, in spite of FILE_FLAG_FIRST_PIPE_INSTANCE.
lacks='test(a_name_that_is_taken_is_not_shared)'

crates=(windows-access durable-file aws-files single-flight daypass-core daypass-vault daypass-identity daypass-broker)
# shellcheck disable=SC2086  # several words are meant
exec cargo nextest run ${DAYPASS_DEV_CARGO_ARGS:-} --target x86_64-pc-windows-gnu "${crates[@]/#/--package=}" \
  --no-fail-fast -E "not ($lacks)" "$@"
