#!/usr/bin/env bash
# Keeps a Python environment of exactly what a lock file names: tools/venv.sh LOCK FOLDER. It is made anew when the lock file
# is another than the one it was made from. In a root container, what Python lacks is installed by apt.
set -euo pipefail
lock=$1 venv=$2

if cmp -s "$lock" "$venv/installed"; then exit; fi
rm -rf "$venv"
if ! python3 -m venv "$venv"; then
  if [[ $(id -u) != 0 ]] || ! command -v apt-get >/dev/null; then
    echo "venv: python3 makes no environment (Debian, Ubuntu: sudo apt-get install python3-venv)" >&2
    exit 1
  fi
  apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq python3-venv >/dev/null
  python3 -m venv --clear "$venv"
fi
if ! "$venv/bin/pip" install --quiet --disable-pip-version-check --only-binary=:all: --require-hashes -r "$lock"; then
  echo "venv: pip did not install what $lock names; if it found nothing, check the network and its settings (pip config list)" >&2
  exit 1
fi
cp "$lock" "$venv/installed"
