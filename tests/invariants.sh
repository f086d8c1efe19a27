#!/usr/bin/env bash
# What ARCHITECTURE.md promises, checked. Run by `./dev test invariants`; each promise is printed with its outcome.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

MOST_LINES=800
GTK='gtk gdk-sys gtk-sys webkit2gtk webkit2gtk-sys tauri wry tao'
TERMINAL='clap crossterm console dialoguer indicatif inquire ratatui rpassword rustyline termcolor termion'

broken=0
holds() { # holds PROMISE FOUND: the promise holds when nothing was found against it
  if [ -z "$2" ]; then
    printf '✓ %s\n' "$1"
  else
    printf '✗ %s\n%s\n' "$1" "$2" | sed '2,$s/^/    /'
    broken=$((broken + 1))
  fi
}

passes() { # passes PROMISE COMMAND...: the promise holds when the command succeeds; else it says what is wrong
  local found
  ! found=$("${@:2}" 2>&1) || found=
  holds "$1" "$found"
}

crates_of() { # crates_of PACKAGE: every crate that it is built from on this platform
  cargo tree --quiet --locked -p "$1" -e normal,build,no-proc-macro --prefix none --format '{p}' | cut -d' ' -f1 | sort -u
}

among() { # among "NAMES": those that are on stdin too
  grep -Fx "$(tr ' ' '\n' <<<"$1")" || true
}

members=$(cargo metadata --format-version 1 --no-deps --locked |
  python3 -c 'import json, sys; print(*(p["name"] for p in json.load(sys.stdin)["packages"]))')

holds "the command never links the web view" "$(crates_of daypass | among "$GTK")"
holds "the broker knows neither Tauri nor a terminal" "$(crates_of daypass-broker | among "$GTK $TERMINAL")"
for member in $members; do
  [ "$member" = daypass-desktop ] || holds "$member builds without GTK" "$(crates_of "$member" | among "$GTK")"
done

python=.dev/venv/bin/python
passes "the checks below see what they are there to see" $python -m unittest discover tests/lint
passes "arrows point down only, between crates and between the modules of each" $python tests/lint/structure.py
passes "no code decides by the text of an error" $python tests/lint/text_decisions.py
passes "every dependency is used" $python tests/lint/unused.py
passes "every file that a comment or a page names is there" $python tests/lint/paths.py
passes "pages, messages and comments are in plain English (tests/lint/words.py)" $python tests/lint/words.py
passes "no word is misspelt (.codespellrc)" bash -c 'git ls-files -z | xargs -0 .dev/venv/bin/codespell'

passes "workflows pin what they use and ask for no more than they need" .dev/venv/bin/zizmor --offline .github/workflows

# The tests of the broker write the bindings (`./dev test rust` ran them); git knows what they ought to be.
holds "the window's types are those of the broker: commit what changed in ui/src/bindings" \
  "$(git status --porcelain --untracked-files=all -- ui/src/bindings | grep -v '^[AM] ' || true)"

importers=$(grep -rlE "(from|import)\s*\(?\s*['\"]@tauri-apps" ui/src --include='*.ts' --include='*.svelte' || true)
holds "one file of each page talks to Tauri" \
  "$(tr ' ' '\n' <<<"$importers" | grep -vxE 'ui/src/(lib/tauri-backend|quick/tauri-quick)\.ts' || true)"

# What no page may see or answer: MFA codes, passphrases, and whether a program may have credentials.
holds "the windows for MFA codes, passphrases and consent have no web view" \
  "$(grep -rnE 'WebviewWindowBuilder|WebView|webkit2gtk|WebviewUrl' src-tauri/src/{mfa_code,passphrase,consent} src-tauri/src/dialog.rs || true)"
holds "no command of the page answers for the person" \
  "$(grep -rnE 'answer_consent|AnswerConsent|consent_answer' src-tauri/src/commands src-tauri/build.rs tauri.conf.json ui/src --include='*.rs' --include='*.ts' --include='*.svelte' --include='*.json' || true)"

holds "no source file has more than $MOST_LINES lines" "$(
  git ls-files -co --exclude-standard -- '*.rs' '*.ts' '*.svelte' '*.css' '*.py' '*.mjs' dev |
    while read -r file; do
      lines=$([ -f "$file" ] && wc -l <"$file" || echo 0)
      [ "$lines" -le $MOST_LINES ] || echo "$file: $lines lines"
    done
)"

[ "$broken" = 0 ]
