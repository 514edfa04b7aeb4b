#!/bin/sh
# Makes .venv and installs one lock file into it: `venv.sh runtime` or `venv.sh dev`.
# `venv.sh bench` makes .venv-bench for the peers of `make bench`, which must not mix with ours.
# Does nothing when the lock has not changed since (the stamp holds its checksum); the dev lock holds the runtime lock.
set -eu
cd -- "$(dirname -- "$0")/.."
what=${1:?runtime or dev}
venv=.venv
[ "$what" = bench ] && venv=.venv-bench
python=$venv/bin/python

sum() { cksum <"$1"; }
fresh() { [ -f "$venv/.$1" ] && [ "$(cat "$venv/.$1")" = "$(sum "$2")" ]; }

find_python() {
    for name in python3 python3.13 python3.12 python3.11; do
        if "$name" -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
            echo "$name"
            return
        fi
    done
    echo "Lanshou needs Python 3.11 or newer with its venv module (Debian: apt install python3 python3-venv)." >&2
    echo "需要 Python 3.11 或更新版本（含 venv 模块）。" >&2
    exit 1
}

install() {
    # uv is quicker where somebody has it, but it does not read pip's configuration: pip is the one that must work.
    if command -v uv >/dev/null && uv pip install --quiet --python "$python" --require-hashes -r "$1" 2>/dev/null; then
        return
    fi
    "$python" -m pip install -qq --disable-pip-version-check --require-hashes -r "$1"
}

if [ -x "$python" ] && "$python" -c '' 2>/dev/null; then
    fresh bench requirements-bench.lock && exit 0
    fresh dev requirements-dev.lock && exit 0
    [ "$what" = runtime ] && fresh runtime requirements.lock && exit 0
else
    base=$(find_python)
    echo "Making $venv with $("$base" --version) …"
    rm -rf "$venv"
    "$base" -m venv "$venv"
fi

lock=requirements.lock
[ "$what" = dev ] && lock=requirements-dev.lock
[ "$what" = bench ] && lock=requirements-bench.lock
# A developer's .venv stays one: `make demo` must not leave it half old.
[ "$what" = runtime ] && [ -f .venv/.dev ] && what=dev && lock=requirements-dev.lock
echo "Installing $lock (about a minute, once) …"
rm -f "$venv/.runtime" "$venv/.dev" "$venv/.bench"
install "$lock"
[ "$what" = bench ] || ln -sf ../../lanshou .venv/bin/lanshou  # so that an activated .venv knows the command
sum "$lock" >"$venv/.$what"
