#!/bin/sh
# Installs those Debian packages of packages.txt whose proof is missing.
# Does nothing, and says nothing, when all are there.
set -eu

list=$(dirname "$0")/packages.txt
log=/var/log/quorate-host-packages.log
policy=/usr/sbin/policy-rc.d
PATH=$PATH:/usr/sbin:/sbin # where a user's PATH does not look, but the packages' commands are

present() {
    case $1 in
        # Unquoted on purpose: a path may be a pattern.
        /*) set -- $1 && [ -e "$1" ] ;;
        *) command -v "$1" >/dev/null ;;
    esac
}

missing() {
    while read -r proof package; do
        case $proof in '' | '#'*) continue ;; esac
        present "$proof" || printf ' %s' "$package"
    done <"$list"
}

fail() {
    echo "quorate: $*" >&2
    exit 1
}

# A run as another user than root hands over to sudo, if sudo would ask nothing or can ask.
become_root() {
    if sudo -n true 2>/dev/null || { [ -t 0 ] && command -v sudo >/dev/null; }; then
        exec sudo sh "$0"
    fi
    fail "missing on this machine:$packages; type: su -c 'apt-get install$packages'"
}

# The lab brings its own libvirtd: Debian's must not start because of it. Where the admin
# has a policy already, it stands. Ours forbids only as long as this script lives, so that
# one left behind by a kill is without effect.
forbid_services() {
    [ -e "$policy" ] && return
    trap 'rm -f "$policy"' EXIT
    trap 'exit 1' HUP INT TERM
    printf '#!/bin/sh\n[ -d /proc/%s ] && exit 101\nexit 0\n' $$ >"$policy"
    chmod 755 "$policy"
}

apt() {
    DEBIAN_FRONTEND=noninteractive apt-get -q -y "$@" >>"$log" 2>&1 </dev/null
}

packages=$(missing)
[ -n "$packages" ] || exit 0
command -v apt-get >/dev/null || fail "not a Debian machine, and missing:$packages"
[ "$(id -u)" = 0 ] || become_root

echo "quorate: installing$packages (log: $log)"
: >"$log"
forbid_services
apt update || fail "apt-get update failed: does the package mirror answer? See $log"
# Unquoted on purpose: a list of names.
apt install --no-install-recommends $packages || fail "apt-get install failed, see $log"
packages=$(missing)
[ -z "$packages" ] || fail "installed, but still without its proof in $list:$packages"
