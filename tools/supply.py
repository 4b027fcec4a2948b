#!/usr/bin/env python3
"""Holds the dependencies against deny.toml: tools/supply.py

With `cargo-deny` on the PATH it is asked, for advisories too where their database can be reached. Without it, what needs
no database is checked here: licences, sources, refused crates. In both cases: crates of Cargo.toml that no code names
(as cargo-machete finds them), and crates of several versions, which are named only. Standard library only.
"""
import json
import re
import shutil
import subprocess
import sys
from collections import defaultdict
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
ADVISORIES = "https://github.com/RustSec/advisory-db"
CRATES_IO = "registry+https://github.com/rust-lang/crates.io-index"
# Dependencies that no code names, each with the reason.
UNNAMED = {}


def metadata():
    command = ["cargo", "metadata", "--locked", "--format-version", "1", "--all-features"]
    return json.loads(subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.PIPE).stdout)


def listed(text, name):
    """The strings of a list in deny.toml, whose form is ours: no parser of TOML is needed (Python has one from 3.11 on)."""
    body = re.search(rf"^{name} = \[(.*?)^\]", text, re.S | re.M).group(1)
    return [line for line in body.splitlines() if line.strip()]


def allowed(expression, licences):
    """Whether an SPDX expression can be met by these licences. "A/B" is the old form of "A OR B"."""
    tokens = re.findall(r"\(|\)|[^\s()]+", expression.replace("/", " OR "))

    def either():
        met = both()
        while tokens[:1] == ["OR"]:
            tokens.pop(0)
            met = both() or met
        return met

    def both():
        met = one()
        while tokens[:1] == ["AND"]:
            tokens.pop(0)
            met = one() and met
        return met

    def one():
        token = tokens.pop(0)
        if token == "(":
            met = either()
            tokens.pop(0)
            return met
        if tokens[:1] == ["WITH"]:
            token = f"{token} {tokens.pop(0)} {tokens.pop(0)}"
        return token in licences

    return either()


def check(packages, nodes):
    """What deny.toml refuses, without cargo-deny."""
    text = (ROOT / "deny.toml").read_text()
    licences = {re.search(r'"(.*)"', line).group(1) for line in listed(text, "allow")}
    refused = {}
    for line in listed(text, "deny"):
        name, *wrappers = re.findall(r'"([^"]+)"', line)
        refused[name] = wrappers
    users = defaultdict(set)
    for node in nodes:
        for dependency in node["deps"]:
            users[packages[dependency["pkg"]]["name"]].add(packages[node["id"]]["name"])
    for package in packages.values():
        what = f"{package['name']} {package['version']}"
        if package["source"] not in (None, CRATES_IO):
            yield f"{what}: comes from {package['source']}, not from crates.io"
        if not allowed(package["license"] or "none", licences):
            yield f"{what}: licence {package['license']} is not allowed"
        others = users[package["name"]] - set(refused.get(package["name"], []))
        if package["name"] in refused and others:
            yield f"{what}: is refused, but {', '.join(sorted(others))} depends on it"


def unused(root):
    """Direct dependencies whose name stands in no code."""
    code = "\n".join(path.read_text() for folder in ("src", "tests", "benches", "examples")
                     for path in (ROOT / folder).rglob("*.rs")) + (ROOT / "build.rs").read_text()
    for dependency in root["dependencies"]:
        name = (dependency["rename"] or dependency["name"]).replace("-", "_")
        if name not in UNNAMED and not re.search(rf"\b{name}(::|!|;)", code):
            yield f"{dependency['name']}: stands in Cargo.toml, but no code names it"


def deny():
    """cargo-deny's verdict; advisories where their database can be had."""
    what = ["licenses", "bans", "sources"]
    probe = ["git", "ls-remote", "--exit-code", ADVISORIES, "HEAD"]
    try:
        subprocess.run(probe, check=True, timeout=20, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        what.append("advisories")
    except (OSError, subprocess.SubprocessError):
        print("supply: advisories are not checked: their database cannot be reached from here")
    return subprocess.run(["cargo", "deny", "check", *what], cwd=ROOT).returncode == 0


def main():
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
    if shutil.which("cargo-deny"):
        sound = deny()
    else:
        print("supply: cargo-deny is not installed: licences, sources and refused crates are checked, advisories are not")
        sound = True
        faults += check(packages, data["resolve"]["nodes"])
    for fault in faults:
        print(f"supply: {fault}", file=sys.stderr)
    if not faults and sound:
        print("supply: ok")
    return 1 if faults or not sound else 0


if __name__ == "__main__":
    sys.exit(main())
