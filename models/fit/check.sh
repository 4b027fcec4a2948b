#!/usr/bin/env bash
# Prints the development figures: models/fit/check.sh EVAL_DIR [PRECISION]
# EVAL_DIR holds the labelled sets (basil, ecb, emergent, babe, stsb) and score.py; they are not part of this project.
set -euo pipefail
eval_dir=${1:?usage: models/fit/check.sh EVAL_DIR [PRECISION]} precision=${2:-f32}
parallax=${PARALLAX:-target/release/parallax}
score="python3 $eval_dir/score.py"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
analyze() { "$parallax" --quiet analyze "$@" --precision "$precision" --evidence-budget 0 || [[ $? == 1 ]]; }

undated=$work/undated.csv
python3 - "$eval_dir/basil/articles.csv" "$undated" <<'PY'
import csv, sys
rows = list(csv.DictReader(open(sys.argv[1], newline="", encoding="utf-8")))
for row in rows:
    row["date"] = ""
writer = csv.DictWriter(open(sys.argv[2], "w", newline="", encoding="utf-8"), rows[0].keys())
writer.writeheader()
writer.writerows(rows)
PY

echo "== stories"
analyze "$eval_dir/basil/articles.csv" --out "$work/basil"
echo -n "BASIL            " && $score stories "$work/basil/articles.csv" "$eval_dir/basil/stories.csv"
analyze "$undated" --out "$work/undated"
echo -n "BASIL, no dates  " && $score stories "$work/undated/articles.csv" "$eval_dir/basil/stories.csv"
analyze "$eval_dir/ecb/articles.csv" --out "$work/ecb"
echo -n "ECB+             " && $score stories "$work/ecb/articles.csv" "$eval_dir/ecb/stories.csv"
echo "== facts"
echo -n "ECB+             " && $score facts "$work/ecb/claims.csv" "$eval_dir/ecb/event_mentions.csv"
echo "== claim pairs"
for set in ecb emergent; do
  "$parallax" --quiet pairs "$eval_dir/$set/pairs.csv" --columns a,b --precision "$precision" > "$work/pairs.csv"
  for column in cos score; do
    echo -n "$set $column  " && $score auc "$work/pairs.csv" $column "$eval_dir/$set/pairs.csv" same
  done
  "$parallax" --quiet pairs "$eval_dir/$set/pairs.csv" --columns a,b --precision "$precision" --alone > "$work/pairs.csv"
  echo -n "$set score, alone  " && $score auc "$work/pairs.csv" score "$eval_dir/$set/pairs.csv" same
done
echo "== measures"
for set in "babe biased" "basil lexical"; do
  read -r name label <<< "$set"
  "$parallax" --quiet measure "$eval_dir/$name/sentences.csv" --column text --precision "$precision" > "$work/measured.csv"
  for column in loaded loaded_adj; do
    echo -n "$name $column  " && $score auc "$work/measured.csv" $column "$eval_dir/$name/sentences.csv" "$label"
  done
done
echo "== sentence similarity"
"$parallax" --quiet pairs "$eval_dir/stsb/test.csv" --columns a,b --precision "$precision" > "$work/sts.csv"
echo -n "STS-B test cos   " && $score corr "$work/sts.csv" cos "$eval_dir/stsb/test.csv" score
