#!/bin/sh
# Resolves pyproject.toml and writes the hash-pinned requirement files.
# uv.lock itself is not kept: it records the hosts that packages came from.
set -eu
cd "$(dirname "$0")/.."
uv=${UV:-.uv/bin/uv}
"$uv" lock --quiet
export_group() { # file, groups...
  file=$1
  shift
  # shellcheck disable=SC2046
  "$uv" export --quiet --frozen --no-emit-project --no-header --no-annotate \
    $(for group in "$@"; do printf -- '--only-group %s ' "$group"; done) -o "requirements/$file"
}
export_group app.txt app
export_group app-check.txt app check
export_group bot.txt bot
export_group bot-check.txt bot-check
