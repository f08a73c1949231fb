#!/bin/sh
# Puts Headframe on a host: a virtual environment, the systemd unit, a configuration to edit, the command in the PATH.
# Running it again upgrades: the new environment is made beside the old one and takes its place only when complete;
# a configuration that is there is never touched.
set -eu

usage() {
    cat <<'TEXT'
usage: deploy/install.sh [--prefix DIR] [--root DIR] [--wheel FILE] [--lock FILE] [--python COMMAND] [--start]

  --prefix DIR      where the environment goes (default /opt/headframe)
  --root DIR        install under DIR, to be copied to / later: nothing outside DIR is written, nothing started
  --wheel FILE      install this wheel; without it the repository that the script stands in is installed
  --lock FILE       the locked requirements (default requirements/run.txt of the repository)
  --python COMMAND  the interpreter, 3.11 or newer with venv (default: the first that fits)
  --start           enable and start the service once the configuration is valid
TEXT
}

say() { printf 'headframe install: %s\n' "$*"; }
die() {
    printf 'headframe install: %s\n' "$*" >&2
    exit 1
}

here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
prefix=/opt/headframe root='' wheel='' lock='' python='' start=no
while [ $# -gt 0 ]; do
    case $1 in
        --prefix | --root | --wheel | --lock | --python)
            [ $# -ge 2 ] || { usage >&2; exit 2; }
            case $1 in
                --prefix) prefix=${2%/} ;;
                --root) root=${2%/} ;;
                --wheel) wheel=$2 ;;
                --lock) lock=$2 ;;
                --python) python=$2 ;;
            esac
            shift 2
            ;;
        --start) start=yes; shift ;;
        -h | --help) usage; exit 0 ;;
        *) usage >&2; exit 2 ;;
    esac
done
case $prefix in /*) ;; *) die "--prefix must be absolute, not '$prefix'" ;; esac
case $root in '' | /*) ;; *) die "--root must be absolute, not '$root'" ;; esac
case $prefix$root in *[!A-Za-z0-9._/+-]*) die "paths may hold letters, digits and . _ / + - only" ;; esac
[ -n "$root" ] || [ "$(id -u)" -eq 0 ] || die "needs root; or try it with --root DIR"
lock=${lock:-$here/../requirements/run.txt}
[ -f "$lock" ] || die "no lock at $lock: pass --lock FILE"
source=${wheel:-$(dirname -- "$here")}
[ -n "$wheel" ] || [ -f "$source/pyproject.toml" ] || die "no repository at $source: pass --wheel FILE"
[ -z "$wheel" ] || [ -f "$wheel" ] || die "no wheel at $wheel"

fits() { "$1" -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1; }
for candidate in ${python:-/usr/bin/python3 python3 python3.11 python3.12 python3.13 python3.14}; do
    if fits "$candidate"; then
        found=$candidate
        break
    fi
done
[ -n "${found:-}" ] || die "no Python 3.11 or newer with venv: apt install python3 python3-venv, or pass --python"

case $("$found" -c 'import sys; print(sys.base_prefix)') in
    /root/* | /home/*) say "note: the unit hides home directories, and $found lives in one: the service will need another --python" ;;
esac

# The environment is built where nothing looks at it yet; its scripts name the place that it will have.
built=$root$prefix.new
rm -rf -- "$built"
trap 'rm -rf -- "$built"' EXIT
say "building the environment with $("$found" --version)"
mkdir -p -- "$(dirname -- "$built")"
"$found" -m venv "$built"
pip() { "$built/bin/python" -m pip --disable-pip-version-check --quiet "$@"; }
pip install --no-compile --require-hashes --requirement "$lock"
pip install --no-compile --no-deps --no-build-isolation "$source"
"$built/bin/python" -m compileall -q -s "$built" -p "$prefix" "$built/lib"
for script in "$built"/bin/*; do
    [ -L "$script" ] || sed -i "s|$built|$prefix|g" "$script"
done
sed -i "s|$built|$prefix|g" "$built/pyvenv.cfg"
version=$("$built/bin/python" -I -m headframe --version)

config=$root/etc/headframe
mkdir -p -- "$config/secrets" "$root/etc/systemd/system" "$root/usr/local/bin"
chmod 0700 -- "$config/secrets"
for example in "$built"/lib/python3*/site-packages/_headframe/config/example.yaml; do break; done
install -m 0644 -- "$example" "$config/site.example.yaml"
if [ -e "$config/site.yaml" ]; then
    say "keeping $config/site.yaml"
    kept=yes
else
    install -m 0644 -- "$example" "$config/site.yaml"
    kept=no
fi
sed "s|/opt/headframe|$prefix|g" "$here/systemd/headframe.service" >"$built/headframe.service"
install -m 0644 -- "$built/headframe.service" "$root/etc/systemd/system/headframe.service"
rm -f -- "$built/headframe.service"

rm -rf -- "$root$prefix.old"
[ ! -e "$root$prefix" ] || mv -- "$root$prefix" "$root$prefix.old"
mv -- "$built" "$root$prefix"
rm -rf -- "$root$prefix.old"
trap - EXIT
ln -sfn -- "$prefix/bin/headframe" "$root/usr/local/bin/headframe"
say "$version is in $root$prefix"

if [ -z "$root" ] && [ -d /run/systemd/system ]; then
    systemctl daemon-reload
    if [ "$start" = yes ]; then
        "$prefix/bin/headframe" check-config /etc/headframe/site.yaml
        systemctl enable headframe.service
        systemctl restart headframe.service
        say "started; follow it with: journalctl -fu headframe"
        exit 0
    fi
    [ "$kept" = no ] || ! systemctl --quiet is-active headframe.service || say "the old version still runs: systemctl restart headframe"
fi
[ "$kept" = yes ] || say "next: edit $config/site.yaml, then headframe check-config $config/site.yaml"
say "then: systemctl enable --now headframe"
