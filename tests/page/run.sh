#!/usr/bin/env bash
# Looks at report.html in Chromium: tests/page/run.sh [PARALLAX], the program (default target/release/parallax).
# Two reports are made and checked: of the sample corpus, and of a corpus that means harm (hostile.mjs).
# In a root container, what is missing is installed by apt.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$(realpath "$here/../..")
parallax=$(realpath "${1:-$root/target/release/parallax}")
cd "$here"

missing=()
command -v chromium >/dev/null || command -v chromium-browser >/dev/null || missing+=(chromium)
command -v node >/dev/null || missing+=(nodejs)
command -v npm >/dev/null || missing+=(npm)
if ((${#missing[@]})); then
  if [[ $(id -u) == 0 ]] && command -v apt-get >/dev/null; then
    apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
  else
    echo "page: missing and not installable from here: ${missing[*]}" >&2
    exit 1
  fi
fi
npm ci --no-audit --no-fund --loglevel=error >/dev/null

out=$(mktemp -d)
trap 'rm -rf "$out"' EXIT
node hostile.mjs "$out/hostile.jsonl"
analyze() { "$parallax" --quiet analyze "$@" --engine portable --precision int8 --no-cache --max-rejected 100; }
analyze "$root/data/sample/articles.csv" --out "$out/sample"
analyze "$out/hostile.jsonl" --out "$out/hostile"
grep -q '^half,' "$out/hostile/articles.csv" || { echo "page: half a character has cost a record" >&2; exit 1; }
for report in sample hostile; do
  (cd "$out" && node "$here/check.mjs" "$report")
done
