#!/usr/bin/env python3
"""Downloads one section of tools/fetch.lock into a folder and checks every byte.

    fetch.py [--offline] SECTION FOLDER

Called by tools/setup.sh, which owns the order of sources and puts the finished folder in place. Standard
library only, so nothing has to be installed first. Package files come from the index that pip is configured
for (index-url, extra-index-url, find-links, cert, proxy, netrc); if that fails, pip itself is asked.

Exit codes: 0 done, 2 something fetched is not what was pinned (stop), 3 this source is not available (try
the next one).
"""
import argparse
import ast
import base64
import hashlib
import html
import http.client
import json
import netrc
import os
import re
import shutil
import socket
import ssl
import subprocess
import sys
import threading
import time
import zipfile
import zlib
from pathlib import Path
from urllib import error, parse, request

ROOT = Path(__file__).resolve().parent.parent
BLOCK = 8 << 20  # bytes asked for at once: a broken connection costs at most this much
TRIES = 4
PROBE_SECONDS = 5
NOTHING = ("Nothing was installed. Run the set-up again; if it persists, the package index or a proxy serves "
           "something else.")
NETWORK = (error.URLError, http.client.HTTPException, socket.timeout, ConnectionError, ssl.SSLError)


class Unavailable(Exception):
    """The source cannot be used here; another one may."""


class NoRanges(Unavailable):
    """The server sends whole files only."""


class Mismatch(Exception):
    """Something was fetched that is not what the lock file names."""


def mb(size):
    return f"{size / 1e6:.0f} MB" if size >= 1e6 else f"{size / 1e3:.0f} kB"


class Progress:
    """One rewritten line on a terminal, a line per quarter elsewhere."""

    def __init__(self, label, total):
        self.label, self.total, self.done, self.quarter = label, max(total, 1), 0, 0
        self.tty, self.start = sys.stderr.isatty(), time.monotonic()

    def add(self, size):
        self.done = min(self.done + size, self.total)
        share, rate = self.done / self.total, self.done / (time.monotonic() - self.start + 1e-9)
        line = f"  {self.label}: {share:4.0%} of {mb(self.total)}, {mb(rate)}/s"
        if self.tty:
            sys.stderr.write(f"\r\x1b[K{line}" + ("\n" if self.done == self.total else ""))
        elif self.total >= 1e6 and share * 4 >= self.quarter + 1:
            self.quarter = int(share * 4)
            sys.stderr.write(line + "\n")
        sys.stderr.flush()


# ---- lock file -------------------------------------------------------------------------------------------

def read_lock(section):
    """The items of a section, each with the members wanted from it."""
    items, current = [], None
    for line in (ROOT / "tools/fetch.lock").read_text().splitlines():
        words = line.split()
        if not words or words[0].startswith("#"):
            continue
        if words[0].startswith("["):
            current = words[0].strip("[]")
        elif current == section and words[0] in ("file", "tree"):
            items[-1]["members"].append(words)
        elif current == section:
            keys = {"wheel": ("kind", "name", "version", "file", "size", "sha256"),
                    "archive": ("kind", "name", "url", "sha256"), "hub": ("kind", "name", "url")}[words[0]]
            items.append({**dict(zip(keys, words)), "members": []})
    if not items:
        raise SystemExit(f"fetch.py: tools/fetch.lock has no section [{section}]")
    return items


# ---- network ---------------------------------------------------------------------------------------------

def pip(*args, **options):
    return subprocess.run([sys.executable, "-m", "pip", *args], **options)


def pip_config():
    """pip's merged settings; without pip, what the environment says."""
    conf = {k[4:].lower().replace("_", "-"): v for k, v in os.environ.items() if k.startswith("PIP_")}
    listed = pip("config", "list", stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, universal_newlines=True)
    for section in ("global", "download", ":env:"):  # later ones win, as in pip
        for line in listed.stdout.splitlines():
            key, _, value = line.partition("=")
            if key.startswith(section + "."):
                conf[key[len(section) + 1:]] = str(ast.literal_eval(value))
    return conf


class Web:
    def __init__(self, conf):
        bundle = conf.get("cert") or os.environ.get("REQUESTS_CA_BUNDLE")
        context = ssl.create_default_context(cafile=bundle or None)
        handlers = [request.HTTPSHandler(context=context)]
        if conf.get("proxy"):
            handlers.append(request.ProxyHandler(dict.fromkeys(("http", "https"), conf["proxy"])))
        self.opener, self.logins = request.build_opener(*handlers), {}

    def open(self, url, timeout=60, **headers):
        parts = parse.urlsplit(url)
        host = parts.netloc.rpartition("@")[2]
        if parts.username:
            self.logins[host] = (parse.unquote(parts.username), parse.unquote(parts.password or ""))
        req = request.Request(parse.urlunsplit(parts._replace(netloc=host)), headers=headers)
        login = self.logins.get(host) or netrc_login(parts.hostname)
        if login:  # "unredirected": a redirect to another host must not receive it
            token = base64.b64encode(":".join(login).encode()).decode()
            req.add_unredirected_header("Authorization", "Basic " + token)
        return self.opener.open(req, timeout=timeout)

    def reachable(self, url):
        """Whether the address answers soon. A thread, because looking up a name obeys no time-out."""
        answer = []

        def ask():
            try:
                with self.open(url, timeout=PROBE_SECONDS, Range="bytes=0-0"):
                    answer.append(True)
            except (OSError, *NETWORK):
                pass

        thread = threading.Thread(target=ask, daemon=True)
        thread.start()
        thread.join(2 * PROBE_SECONDS)
        return bool(answer)


def netrc_login(host):
    try:
        found = netrc.netrc().authenticators(host)
    except (OSError, netrc.NetrcParseError):
        return None
    return found and (found[0], found[2])


def retrying(action):
    """Runs action, again after a pause when the network fails; a refusal (4xx) is final."""
    for attempt in range(TRIES):
        try:
            return action()
        except NETWORK as e:
            refused = isinstance(e, error.HTTPError) and 400 <= e.code < 500 and e.code not in (408, 429)
            if refused or attempt == TRIES - 1:
                raise Unavailable(f"{type(e).__name__}: {e}") from e
            time.sleep(2 ** attempt)


class RangeFile:
    """A remote file that zipfile can read, fetched block by block as it is needed."""

    def __init__(self, web, url, size):
        self.web, self.url, self.size, self.pos, self.blocks, self.progress = web, url, size, 0, {}, None

    def seekable(self):
        return True

    def tell(self):
        return self.pos

    def seek(self, offset, whence=0):
        self.pos = offset + (0, self.pos, self.size)[whence]
        return self.pos

    def read(self, count=-1):
        end = self.size if count is None or count < 0 else min(self.size, self.pos + count)
        out = bytearray()
        while self.pos < end:
            number, skip = divmod(self.pos, BLOCK)
            part = self.block(number)[skip:skip + end - self.pos]
            out += part
            self.pos += len(part)
        return bytes(out)

    def block(self, number):
        if number not in self.blocks:
            first, last = number * BLOCK, min(self.size, (number + 1) * BLOCK) - 1
            data = retrying(lambda: self.get(first, last))
            if len(self.blocks) > 1:  # members are read in file order, so two blocks are enough
                del self.blocks[next(iter(self.blocks))]
            self.blocks[number] = data
            if self.progress:
                self.progress.add(len(data))
        return self.blocks[number]

    def get(self, first, last):
        with self.web.open(self.url, Range=f"bytes={first}-{last}") as answer:
            if answer.status != 206:
                raise NoRanges("the server sends whole files only")
            if answer.headers.get("Content-Range", "").rpartition("/")[2] not in (str(self.size), "*"):
                raise Mismatch(f"the file on the server does not have the pinned size of {self.size} bytes")
            data = answer.read()
        if len(data) != last - first + 1:
            raise ConnectionError(f"got {len(data)} of {last - first + 1} bytes")
        return data


def download(web, url, path, label, size=None):
    """A whole file to disk, going on where a broken connection stopped. Returns its sha256."""
    path.parent.mkdir(parents=True, exist_ok=True)
    progress, digest, have = None, hashlib.sha256(), 0
    with open(path, "wb") as out:

        def resume():
            nonlocal progress, have, digest
            headers = {"Range": f"bytes={have}-"} if have else {}
            with web.open(url, **headers) as answer:
                if have and answer.status != 206:  # from the start again
                    out.seek(0), out.truncate()
                    have, digest, progress = 0, hashlib.sha256(), None
                total = have + int(answer.headers.get("Content-Length") or size or 0)
                progress = progress or Progress(label, total)
                for data in iter(lambda: answer.read(1 << 20), b""):
                    out.write(data), digest.update(data), progress.add(len(data))
                    have += len(data)
                if have < total:
                    raise ConnectionError(f"connection closed after {have} of {total} bytes")

        retrying(resume)
    return digest.hexdigest()


# ---- package index ---------------------------------------------------------------------------------------

def locate(web, conf, item):
    """Address and sha256 (if given) of a wheel in the indexes pip is configured for."""
    indexes = [] if conf.get("no-index", "").lower() in ("1", "true", "yes", "on") else \
        [conf.get("index-url", "https://pypi.org/simple"), *conf.get("extra-index-url", "").split()]
    reason = "pip is told to use no index (no-index)"
    for index in indexes:
        page = f"{index.rstrip('/')}/{item['name']}/"
        try:
            with retrying(lambda: web.open(page, timeout=20, Accept=(
                    "application/vnd.pypi.simple.v1+json, text/html;q=0.5"))) as answer:
                page, kind, text = answer.url, answer.headers.get_content_type(), answer.read().decode()
        except Unavailable as e:
            reason = str(e)
            continue
        if kind.endswith("json"):
            links = [(f["url"], f["filename"], f.get("hashes", {}).get("sha256")) for f in json.loads(text)["files"]]
        else:
            hrefs = [html.unescape(h) for h in re.findall(r'<a\b[^>]*?\bhref="([^"]+)"', text)]
            links = [(h.partition("#")[0], parse.unquote(parse.urlsplit(h).path).rpartition("/")[2],
                      parse.urlsplit(h).fragment.partition("sha256=")[2] or None) for h in hrefs]
        for url, name, digest in links:
            if name == item["file"]:
                return parse.urljoin(page, url), digest
        reason = f"the package index has no {item['file']}"
    raise Unavailable(reason)


def with_pip(item, folder):
    """The whole wheel by pip itself, which knows logins and settings that we do not."""
    if pip("--version", stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL).returncode:
        raise Unavailable(f"and pip, which might know another way, is missing from {sys.executable} "
                          "(Debian/Ubuntu: apt-get install python3-pip; elsewhere: python3 -m ensurepip)")
    print(f"  asking pip for the whole wheel ({mb(int(item['size']))})", file=sys.stderr)
    tags = ["--python-version", "3.11", "--implementation", "cp", "--abi", "cp311", "--abi", "none",
            "--platform", "manylinux1_x86_64", "--platform", "any"]
    done = pip("download", "--no-deps", "--only-binary=:all:", *tags, "--dest", str(folder),
               f"{item['name']}=={item['version']}", stdout=sys.stderr)
    if done.returncode or not (folder / item["file"]).is_file():
        raise Unavailable("pip could not download it either")
    return folder / item["file"]


def fetch_wheel(web, conf, item, dest, offline):
    label, size = f"{item['name']} {item['version']}", int(item["size"])
    for place in conf.get("find-links", "").split():
        local = Path(parse.unquote(parse.urlsplit(place).path) if place.startswith("file:") else place) / item["file"]
        if local.is_file():
            print(f"{label}: from {local}", file=sys.stderr)
            return unpack_whole(item, local, dest)
    if offline:
        raise Unavailable(f"{item['file']} is in no folder that pip's find-links names, and --offline was given")
    temp = dest / ".download"
    try:
        try:
            url, digest = locate(web, conf, item)
            if digest and digest != item["sha256"]:
                raise Mismatch(f"the index offers another {item['file']}:\n  sha256 {digest}\n  pinned {item['sha256']}")
            try:
                if any(m[4] == "-" for m in item["members"]):
                    raise NoRanges  # unpinned members: only the hash of the whole wheel covers them
                return unpack_ranges(web, url, item, dest)
            except NoRanges:
                print(f"{label}: the whole wheel, {mb(size)}, from the package index pip uses", file=sys.stderr)
                download(web, url, temp / item["file"], label, size)
                return unpack_whole(item, temp / item["file"], dest)
        except Unavailable as e:
            print(f"{label}: {e}", file=sys.stderr)
            return unpack_whole(item, with_pip(item, temp), dest)
    finally:
        shutil.rmtree(temp, ignore_errors=True)


def unpack_ranges(web, url, item, dest):
    label, remote = f"{item['name']} {item['version']}", RangeFile(web, url, int(item["size"]))
    with zipfile.ZipFile(remote) as wheel:
        needed = set()
        for info, _ in wanted(wheel, item):
            end = info.header_offset + 64 + len(info.filename) + info.compress_size
            needed.update(range(info.header_offset // BLOCK, end // BLOCK + 1))
        total = sum(min(remote.size, (n + 1) * BLOCK) - n * BLOCK for n in needed)
        print(f"{label}: {mb(total)} of the {mb(remote.size)} wheel, from the package index pip uses", file=sys.stderr)
        remote.blocks.clear()
        remote.progress = Progress(label, total)
        extract(wheel, item, dest)
    return f"{item['file']}, by byte ranges, each member checked"


def unpack_whole(item, path, dest):
    check(item["file"], sha256(path), item["sha256"])
    with zipfile.ZipFile(path) as wheel:
        extract(wheel, item, dest)
    return f"{item['file']} sha256 {item['sha256']}"


# ---- unpacking and checking ------------------------------------------------------------------------------

def sha256(path):
    digest = hashlib.sha256()
    with open(path, "rb") as f:
        for data in iter(lambda: f.read(1 << 20), b""):
            digest.update(data)
    return digest.hexdigest()


def check(what, got, pinned):
    if pinned != "-" and got != pinned:
        raise Mismatch(f"{what} is not the file we pinned (damaged or replaced on its way):\n"
                       f"  sha256 {got}\n  pinned {pinned}\n{NOTHING}")


def wanted(archive, item):
    """(member, destination), in file order, for every rule of the lock file."""
    found = []
    for kind, source, dest, count, _ in item["members"]:
        hits = [i for i in archive.infolist() if not i.is_dir()
                and (i.filename == source if kind == "file" else i.filename.startswith(source))]
        if not hits or (kind == "tree" and count not in ("-", str(len(hits)))):
            raise Mismatch(f"{item['name']}: {source} has {len(hits)} files, {count if kind == 'tree' else 1} expected")
        found += [(i, dest if kind == "file" else dest + i.filename[len(source):]) for i in hits]
    if any(".." in Path(target).parts or os.path.isabs(target) for _, target in found):
        raise Mismatch(f"{item['name']}: a member wants to leave the folder")
    return sorted(found, key=lambda pair: pair[0].header_offset)


def extract(archive, item, dest):
    sums = {}
    for info, target in wanted(archive, item):
        path, digest = dest / target, hashlib.sha256()
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            with archive.open(info) as source, open(path, "wb") as out:
                for data in iter(lambda: source.read(1 << 20), b""):
                    out.write(data), digest.update(data)
        except (zipfile.BadZipFile, zlib.error, EOFError) as e:
            raise Mismatch(f"{info.filename} was damaged on its way ({e}). {NOTHING}") from e
        sums[target] = digest.hexdigest()
    for kind, source, target, _, pinned in item["members"]:
        if kind == "file":
            check(source, sums[target], pinned)
        else:
            text = "".join(f"{d}  {t}\n" for t, d in sorted(sums.items()) if t.startswith(target))
            check(source, hashlib.sha256(text.encode()).hexdigest(), pinned)


def fetch_archive(web, item, dest):
    pinned = os.environ.get("LIBTORCH_SHA256", "").strip().lower() if item["sha256"] == "-" else item["sha256"]
    if not re.fullmatch("[0-9a-f]{64}", pinned):
        raise Unavailable("no hash is known: set LIBTORCH_SHA256 to the one that you trust")
    if not web.reachable(item["url"]):
        raise Unavailable(f"{parse.urlsplit(item['url']).hostname} does not answer")
    print(f"{item['name']}: the official archive, {item['url']}", file=sys.stderr)
    path = dest / ".download/archive.zip"
    try:
        digest = download(web, item["url"], path, item["name"])
        check(item["name"], digest, pinned)
        with zipfile.ZipFile(path) as archive:
            extract(archive, item, dest)
    except zipfile.BadZipFile as e:
        raise Unavailable(f"what {parse.urlsplit(item['url']).hostname} sent is not a sound zip: {e}") from e
    finally:
        shutil.rmtree(dest / ".download", ignore_errors=True)
    return f"{item['url']} sha256 {digest}"


def fetch_hub(web, item, dest):
    model = next(m for m in json.loads((ROOT / "models/manifest.json").read_text())["models"] if m["name"] == item["name"])
    if not web.reachable(item["url"] + "config.json"):
        raise Unavailable(f"{parse.urlsplit(item['url']).hostname} does not answer")
    print(f"{item['name']}: {mb(sum(f['size'] for f in model['files']))} from the model hub, {item['url']}", file=sys.stderr)
    for f in model["files"]:
        check(f["path"], download(web, item["url"] + f["path"], dest / f["path"], f["path"], f["size"]), f["sha256"])
    return item["url"]


def main():
    args = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    args.add_argument("--offline", action="store_true")
    args.add_argument("section")
    args.add_argument("folder", type=Path)
    args = args.parse_args()
    conf, notes = pip_config(), []
    web = Web(conf)
    try:
        for item in read_lock(args.section):
            if item["kind"] == "wheel":
                notes.append(fetch_wheel(web, conf, item, args.folder, args.offline))
            elif args.offline:
                raise Unavailable("--offline was given")
            else:
                notes.append({"archive": fetch_archive, "hub": fetch_hub}[item["kind"]](web, item, args.folder))
    except Unavailable as e:
        print(f"{args.section}: not from here: {e}", file=sys.stderr)
        return 3
    except Mismatch as e:
        print(f"{args.section}: {e}", file=sys.stderr)
        return 2
    except (zipfile.BadZipFile, OSError) as e:
        print(f"{args.section}: {e}", file=sys.stderr)
        return 2
    (args.folder / "INSTALLED").write_text("".join(f"{note}\n" for note in notes))
    sums = sorted((str(p.relative_to(args.folder)), sha256(p)) for p in args.folder.rglob("*") if p.is_file())
    (args.folder / "SHA256SUMS").write_text("".join(f"{digest}  {name}\n" for name, digest in sums))
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit(130)
