#!/usr/bin/env bash
# Holds datapackage.json against the Frictionless specification, and the tables against it: tools/schema.sh [PARALLAX],
# the program (default target/release/parallax). Three reports are made: of the sample, of the sample in the continental
# dialect, of one article.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
parallax=$(realpath "${1:-target/release/parallax}")
tools/venv.sh tools/schema.lock target/frictionless
frictionless=$(realpath target/frictionless/bin/frictionless)

out=$(mktemp -d)
trap 'rm -rf "$out"' EXIT
analyze() { "$parallax" --quiet analyze "$@" --engine portable --precision int8 --no-cache --evidence-budget 500; }
analyze data/sample/articles.csv --out "$out/sample"
analyze data/sample/articles.csv --out "$out/continental" --delimiter ';' --decimal ','
printf 'id,source,date,title,body\n1,A,2024-02-12,One,"The council met on Monday. It voted 5 to 4 for the bridge."\n' > "$out/one.csv"
analyze "$out/one.csv" --out "$out/one"
for report in sample continental one; do
  (cd "$out/$report" && "$frictionless" validate datapackage.json) || { echo "schema: the $report report is not valid" >&2; exit 1; }
done

# What holds must be able to fail: a number that is none, a fact that is nowhere.
sed -i '2s/^[^,]*,[^,]*,/claim0,fact0,/; 3s/,own,/,nobody,/' "$out/sample/claims.csv"
if (cd "$out/sample" && "$frictionless" validate datapackage.json) > "$out/broken.txt" 2>&1; then
  echo "schema: a broken table passes" >&2
  exit 1
fi
echo "schema: three reports are valid, and a broken one is not"
