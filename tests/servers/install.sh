#!/bin/sh
# Installs the real servers that the tests talk to, where that is possible, and says what will be skipped where it is not.
# Never fails: a machine without root or without these packages still runs everything else.
set -u

# package:command that proves it is there
WANTED="mosquitto:mosquitto mosquitto-clients:mosquitto_pub prometheus:prometheus prometheus-alertmanager:prometheus-alertmanager
victoria-metrics:victoria-metrics chromium:chromium"

# Debian keeps brokers in sbin, which an ordinary user's PATH leaves out.
PATH="$PATH:/usr/local/sbin:/usr/sbin:/sbin"

missing() {
    for pair in $WANTED; do
        command -v "${pair#*:}" >/dev/null 2>&1 || printf '%s ' "${pair%%:*}"
    done
}

absent=$(missing)
[ -n "$absent" ] || exit 0

if [ "$(id -u)" -eq 0 ] && command -v apt-get >/dev/null 2>&1; then
    echo "installing for the tests: $absent" >&2
    # A package's own service must not take the ports of a machine that only wants to run tests.
    guard=
    if [ ! -e /usr/sbin/policy-rc.d ] && printf '#!/bin/sh\nexit 101\n' >/usr/sbin/policy-rc.d 2>/dev/null; then
        chmod 755 /usr/sbin/policy-rc.d
        guard=yes
        trap 'rm -f /usr/sbin/policy-rc.d' EXIT
        trap 'exit 130' INT TERM
    fi
    DEBIAN_FRONTEND=noninteractive
    export DEBIAN_FRONTEND
    apt-get -q -o DPkg::Lock::Timeout=600 update >/dev/null 2>&1 || echo "apt-get update failed; trying with what is known" >&2
    # One by one: a package that a release does not have must not keep the others away.
    for package in $absent; do
        apt-get -q -y -o DPkg::Lock::Timeout=600 install --no-install-recommends "$package" >/dev/null 2>&1 || echo "apt-get could not install $package" >&2
    done
    [ -z "$guard" ] || rm -f /usr/sbin/policy-rc.d
fi

absent=$(missing)
[ -z "$absent" ] || echo "not installed: $absent- the tests that need them will be skipped" >&2
exit 0
