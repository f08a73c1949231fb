#!/bin/sh
# Takes off a host what deploy/install.sh put there. The configuration and the ledger stay unless --purge is given.
set -eu

usage() { echo "usage: deploy/uninstall.sh [--prefix DIR] [--root DIR] [--purge]"; }
die() {
    printf 'headframe uninstall: %s\n' "$*" >&2
    exit 1
}

prefix=/opt/headframe root='' purge=no
while [ $# -gt 0 ]; do
    case $1 in
        --prefix | --root)
            [ $# -ge 2 ] || { usage >&2; exit 2; }
            case $1 in
                --prefix) prefix=${2%/} ;;
                --root) root=${2%/} ;;
            esac
            shift 2
            ;;
        --purge) purge=yes; shift ;;
        -h | --help) usage; exit 0 ;;
        *) usage >&2; exit 2 ;;
    esac
done
[ -n "$root" ] || [ "$(id -u)" -eq 0 ] || die "needs root; or name the --root DIR it was installed under"
if [ -e "$root$prefix" ]; then
    # A mistyped prefix must not cost anybody else's directory.
    if [ ! -f "$root$prefix/pyvenv.cfg" ] || [ ! -f "$root$prefix/bin/headframe" ]; then
        die "$root$prefix is not an installation"
    fi
fi
if [ -z "$root" ] && [ -d /run/systemd/system ]; then
    systemctl disable --now headframe.service 2>/dev/null || true
fi
rm -f -- "$root/etc/systemd/system/headframe.service" "$root/usr/local/bin/headframe"
rm -rf -- "$root$prefix"
if [ -z "$root" ] && [ -d /run/systemd/system ]; then
    systemctl daemon-reload
fi
if [ "$purge" = yes ]; then
    rm -rf -- "$root/etc/headframe" "$root/var/lib/private/headframe" "$root/var/lib/headframe"
fi
[ -d "$root/etc/headframe" ] && echo "headframe uninstall: kept $root/etc/headframe and the ledger; --purge removes them"
echo "headframe uninstall: done"
